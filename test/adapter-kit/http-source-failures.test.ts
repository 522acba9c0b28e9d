/** Whatever a registry does wrong comes out of the HTTP source as a SourceError of the right kind, and in time. */

import type { RequestListener } from 'node:http';
import t from 'tap';
import { failureOf, openSource, patience, serveBytes, serveHttp } from './http-registry.ts';

const json = { 'content-type': 'application/json' };
const personal = 'Nguyễn Thị Hòa';

t.test('a registry that is not there is unavailable', async (t) => {
  t.match(await failureOf(openSource(t, 'http://127.0.0.1:1')), { kind: 'unavailable', message: /ECONNREFUSED/ });
  t.match(await failureOf(openSource(t, 'http://no-such-host.invalid')), { kind: 'unavailable' });
});

t.test('a registry that resets the connection is unavailable', async (t) => {
  const port = await serveBytes(t, (socket) => socket.once('data', () => socket.resetAndDestroy()));
  t.match(await failureOf(openSource(t, `http://127.0.0.1:${port}`)), { kind: 'unavailable' });
});

t.test('a registry that closes without a word is unavailable', async (t) => {
  const port = await serveBytes(t, (socket) => socket.once('data', () => socket.end()));
  t.match(await failureOf(openSource(t, `http://127.0.0.1:${port}`)), { kind: 'unavailable' });
});

t.test('headers that do not come are a time-out', async (t) => {
  const port = await serveHttp(t, () => {});
  const startedAtMs = performance.now();
  t.match(await failureOf(openSource(t, `http://127.0.0.1:${port}`, { headersTimeoutMs: 100 })), { kind: 'timeout' });
  t.ok(performance.now() - startedAtMs < 5_000);
});

t.test('a body that stops coming is a time-out', async (t) => {
  const port = await serveHttp(t, (_, response) => {
    response.writeHead(200, json).write('{"half":');
  });
  t.match(await failureOf(openSource(t, `http://127.0.0.1:${port}`, { bodyTimeoutMs: 100 })), { kind: 'timeout' });
});

t.test('the signal ends a call wherever it stands, and the connection with it', async (t) => {
  const stages: Record<string, RequestListener> = {
    'before the headers': () => {},
    'in the body': (_, response) => void response.writeHead(200, json).write('{"half":'),
  };
  for (const [stage, listener] of Object.entries(stages)) {
    let gone = () => {};
    const closed = new Promise<void>((resolve) => {
      gone = resolve;
    });
    const port = await serveHttp(t, (request, response) => {
      request.socket.once('close', gone);
      listener(request, response);
    });
    const source = openSource(t, `http://127.0.0.1:${port}`);
    t.match(await failureOf(source, AbortSignal.timeout(50)), { name: 'SourceError', kind: 'timeout' }, stage);
    await closed;
  }
});

t.test('a call whose signal is aborted already is never sent', async (t) => {
  let calls = 0;
  const port = await serveHttp(t, (_, response) => {
    calls += 1;
    response.writeHead(200, json).end('{}');
  });
  const source = openSource(t, `http://127.0.0.1:${port}`);
  t.match(await failureOf(source, AbortSignal.abort()), { kind: 'timeout' });
  await source.request({ method: 'GET', path: '/', signal: patience() });
  t.equal(calls, 1);
});

t.test('a call that waits for a connection ends with its signal, not with the connection', async (t) => {
  const paths: (string | undefined)[] = [];
  const port = await serveHttp(t, (request, response) => {
    paths.push(request.url);
    setTimeout(() => response.writeHead(200, json).end('{}'), 500);
  });
  const source = openSource(t, `http://127.0.0.1:${port}`, { connectionsMax: 1 });
  let firstHasEnded = false;
  const first = source.request({ method: 'GET', path: '/first', signal: patience() }).finally(() => {
    firstHasEnded = true;
  });
  t.match(await failureOf(source, AbortSignal.timeout(50)), { kind: 'timeout' });
  t.notOk(firstHasEnded);
  await first;
  await source.request({ method: 'GET', path: '/third', signal: patience() });
  t.same(paths, ['/first', '/third'], 'and it is never sent');
});

t.test('an answer that is not JSON in UTF-8 is invalid, and the error does not quote it', async (t) => {
  const bodies: [string, Buffer | string][] = [
    ['application/json', `{"name":"${personal}"`],
    ['application/json', ''],
    ['application/json', Buffer.from([0x22, 0xc3, 0x28, 0x22])],
    ['text/html', '{}'],
    ['text/json-seq', '{}'],
  ];
  for (const [type, body] of bodies) {
    const port = await serveHttp(t, (_, response) => {
      response.writeHead(200, { 'content-type': type }).end(body);
    });
    const error = await failureOf(openSource(t, `http://127.0.0.1:${port}`));
    t.match(error, { kind: 'answer-invalid' }, type);
    t.notOk(error.message.includes(personal) || error.cause);
  }
});

t.test('an answer that is not HTTP is garbled, and the error does not quote it', async (t) => {
  const port = await serveBytes(t, (socket) => socket.once('data', () => socket.end(`${personal}\r\n\r\n`)));
  const error = await failureOf(openSource(t, `http://127.0.0.1:${port}`));
  t.match(error, { kind: 'garbled' });
  t.notOk(error.message.includes(personal) || error.cause);
});

t.test('an answer that is cut off is invalid', async (t) => {
  const heads = ['content-length: 100', 'transfer-encoding: chunked'];
  for (const head of heads) {
    const port = await serveBytes(t, (socket) => {
      const start = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${head}\r\n\r\n`;
      socket.once('data', () => socket.end(head.startsWith('t') ? `${start}8\r\n{"half":` : `${start}{"half":`));
    });
    t.match(await failureOf(openSource(t, `http://127.0.0.1:${port}`)), { kind: 'answer-invalid' }, head);
  }
});

t.test('an answer beyond answerBytesMax is invalid, stated length or not', async (t) => {
  for (const stated of [true, false]) {
    const port = await serveHttp(t, (_, response) => {
      const body = JSON.stringify('x'.repeat(1_000));
      response.writeHead(200, { ...json, ...(stated ? { 'content-length': body.length } : {}) });
      response.write(body.slice(0, 500));
      response.end(body.slice(500));
    });
    t.match(await failureOf(openSource(t, `http://127.0.0.1:${port}`, { answerBytesMax: 1_001 })), {
      kind: 'answer-invalid',
    });
    const enough = openSource(t, `http://127.0.0.1:${port}`, { answerBytesMax: 1_002 });
    t.equal((await enough.request({ method: 'GET', path: '/', signal: patience() })).status, 200);
  }
});

t.test('a redirect is not followed', async (t) => {
  const paths: (string | undefined)[] = [];
  const port = await serveHttp(t, (request, response) => {
    paths.push(request.url);
    response.writeHead(302, { location: '/elsewhere' }).end();
  });
  t.match(await failureOf(openSource(t, `http://127.0.0.1:${port}`)), { kind: 'answer-invalid', message: /302/ });
  t.same(paths, ['/']);
});

t.test('the status of a failing registry says which failure it is, whatever its body', async (t) => {
  const kinds: [number, string][] = [
    [429, 'unavailable'],
    [500, 'failed'],
    [502, 'failed'],
    [503, 'unavailable'],
    [504, 'failed'],
  ];
  for (const [status, kind] of kinds) {
    for (const body of ['<h1>Error</h1>', 'x'.repeat(20_000)]) {
      const port = await serveHttp(t, (_, response) => {
        response.writeHead(status, { 'content-type': 'text/html' }).end(body);
      });
      const error = await failureOf(openSource(t, `http://127.0.0.1:${port}`));
      t.match(error, { kind, message: new RegExp(String(status)) });
    }
  }
});

t.test('one failing call leaves the others and the next ones alone', async (t) => {
  const port = await serveHttp(t, (request, response) => {
    if (request.url === '/') request.socket.resetAndDestroy();
    else setTimeout(() => response.writeHead(200, json).end('{}'), 20);
  });
  const source = openSource(t, `http://127.0.0.1:${port}`);
  const good = () => source.request({ method: 'GET', path: '/good', signal: patience() });
  const [failure, ...answers] = await Promise.all([failureOf(source), good(), good()]);
  t.equal(failure.kind, 'unavailable');
  t.same([...answers, await good()], Array(3).fill({ status: 200, body: {} }));
});
