/** Over real sockets: which requests the gateway refuses to read, who refuses them, and that slow peers are cut off. */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import fastify, { type RouteHandlerMethod } from 'fastify';
import t, { type Test } from 'tap';
import {
  type HttpLimits,
  hygieneHook,
  hygienicServerOptions,
  type RequestHead,
  refuseUnhygienicRequest,
} from '../../src/http/hygiene.ts';
import { answerMalformedHttp } from '../../src/http/malformed-http.ts';
import { Problem } from '../../src/problems.ts';

const limits: HttpLimits = {
  requestTimeoutMs: 10_000,
  headersTimeoutMs: 5_000,
  timeoutCheckIntervalMs: 50,
  keepAliveTimeoutMs: 5_000,
  inactivityTimeoutMs: 10_000,
  headerBytesMax: 8_192,
  headersMax: 30,
  urlBytesMax: 200,
  pipelinedRequestsMax: 16,
};

/** Who refused: Node's parser before there was a request, the check, or the parser again in the body. */
type Refuser = 'parser' | 'check' | 'body';

/** A server with the hygiene under test in front of one handler; `seen` counts how far requests came. */
async function serve(t: Test, changed: Partial<HttpLimits> = {}, handle: RouteHandlerMethod = async () => 'ok') {
  const all = { ...limits, ...changed };
  const seen = { requests: 0, refusals: 0, handled: 0 };
  const app = fastify(hygienicServerOptions(all));
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.addHook('onRequest', async () => {
    seen.requests += 1;
  });
  app.addHook('onRequest', hygieneHook(all));
  app.setErrorHandler((error, _request, reply) => {
    if (!(error instanceof Problem)) return reply.code(500).send(String(error));
    seen.refusals += 1;
    return reply.code(error.kind.status).send(error.detail);
  });
  app.all('/*', function (request, reply) {
    seen.handled += 1;
    return handle.call(this, request, reply);
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  t.teardown(() => app.close());
  return { port: (app.server.address() as AddressInfo).port, seen };
}

interface Received {
  /** Status of each answer, in order. */
  readonly statuses: number[];
  readonly answer: string;
  /** Whether the server closed the connection in good time. */
  readonly closed: boolean;
}

/** Sends bytes, one a character, each piece after the answer to the one before has begun; ends when the server closes. */
async function send(port: number, ...pieces: string[]): Promise<Received> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  let answer = '';
  socket.on('data', (data) => {
    answer += data.toString();
  });
  const closing = once(socket, 'close').then(() => true);
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) await Promise.race([once(socket, 'data'), closing]);
    socket.write(Buffer.from(piece, 'latin1'));
  }
  const closed = await Promise.race([closing, wait(CLOSING_MS, false, { ref: false })]);
  socket.destroy();
  return { answer, statuses: [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => Number(match[1])), closed };
}

const CLOSING_MS = 5_000;

const HOST = 'Host: gateway.example';
const request = (line: string, ...headers: string[]): string => `${[line, ...headers].join('\r\n')}\r\n\r\n`;
const get = (...headers: string[]): string => request('GET /a HTTP/1.1', ...headers);
const post = (...headers: string[]): string =>
  request('POST /a HTTP/1.1', HOST, 'Content-Type: text/plain', ...headers);
const CHUNKED = 'Transfer-Encoding: chunked';
const EMPTY_CHUNK = '0\r\n\r\n';

t.test('requests that are in order are handled and the connection stays open', async (t) => {
  const { port, seen } = await serve(t);
  const inOrder: Record<string, string> = {
    'HTTP/1.1': get(HOST),
    'HTTP/1.0 with Host, as proxies send it': request('GET /a HTTP/1.0', HOST, 'Connection: keep-alive'),
    'a port': get('Host: gateway.example:8443'),
    'an IPv6 address': get('Host: [::1]:8443'),
    'a header name in capitals': get('HOST: gateway.example'),
    'a body with its length': `${post('Content-Length: 2')}ab`,
    'a body in chunks': `${post(CHUNKED)}2\r\nab\r\n${EMPTY_CHUNK}`,
    'chunked in another case': `${post('Transfer-Encoding: Chunked')}${EMPTY_CHUNK}`,
    'a list header twice': get(HOST, 'Accept: a/b', 'Accept: c/d'),
    'an encoded path and query': request('GET /a%20b/%C3%B6?c=%23&d[]=~ HTTP/1.1', HOST),
    'header bytes in UTF-8': get(HOST, `X-Road-Issue: ${Buffer.from('Hồ sơ').toString('latin1')}`),
  };
  for (const [name, bytes] of Object.entries(inOrder)) {
    const before = seen.handled;
    const { statuses } = await send(port, bytes, get(HOST, 'Connection: close'));
    t.same([statuses, seen.handled - before], [[200, 200], 2], name);
  }
});

t.test('requests that are not in order are refused and the connection is closed', async (t) => {
  const { port, seen } = await serve(t);
  const SMUGGLED = get(HOST);
  const refused: Record<string, [refuser: Refuser, status: number, bytes: string]> = {
    'two Host headers': ['check', 400, get(HOST, 'Host: other.example')],
    'the same Host twice': ['check', 400, get(HOST, HOST)],
    'no Host': ['check', 400, get()],
    'an empty Host': ['check', 400, get('Host:')],
    'a Host list': ['check', 400, get('Host: a.example, b.example')],
    'a Host with a space': ['check', 400, get('Host: a b')],
    'a Host with a path': ['check', 400, get('Host: a.example/b')],
    'a Host with a user': ['check', 400, get('Host: a@b.example')],
    'HTTP/1.0 without Host': ['check', 400, request('GET /a HTTP/1.0')],
    'an absolute-form URI of another host': ['check', 400, request('GET http://other.example/a HTTP/1.1', HOST)],
    'an absolute-form URI of this host': ['check', 400, request('GET http://gateway.example/a HTTP/1.1', HOST)],
    'a path that is an authority': ['check', 400, request('GET //other.example/a HTTP/1.1', HOST)],
    'an asterisk': ['check', 400, request('OPTIONS * HTTP/1.1', HOST)],
    'a fragment': ['check', 400, request('GET /a#b HTTP/1.1', HOST)],
    'a backslash': ['check', 400, request('GET /a\\b HTTP/1.1', HOST)],
    'a long path': ['check', 400, request(`GET /${'a'.repeat(200)} HTTP/1.1`, HOST)],
    'many headers': ['check', 400, get(HOST, ...Array.from({ length: 30 }, (_, index) => `X-${index}: y`))],
    'no version': ['check', 400, request('GET /a', HOST)],
    'HTTP/0.9': ['check', 400, request('GET /a HTTP/0.9', HOST)],
    'HTTP/2.0': ['check', 400, request('GET /a HTTP/2.0', HOST)],
    'two content types': ['check', 400, get(HOST, 'Content-Type: a/b', 'Content-Type: c/d')],
    'two authorizations': ['check', 400, get(HOST, 'Authorization: Bearer a', 'Authorization: Bearer b')],
    'two content codings': ['check', 400, get(HOST, 'Content-Encoding: a', 'content-encoding: b')],
    'gzip, chunked': ['check', 400, `${post('Transfer-Encoding: gzip, chunked')}${EMPTY_CHUNK}`],
    'identity, then chunked': ['check', 400, `${post('Transfer-Encoding: identity', CHUNKED)}${EMPTY_CHUNK}`],
    'chunked in HTTP/1.0': ['check', 400, `${request('POST /a HTTP/1.0', HOST, CHUNKED)}${EMPTY_CHUNK}`],
    xchunked: ['check', 400, `${post('Transfer-Encoding: xchunked')}${SMUGGLED}`],
    identity: ['check', 400, `${post('Transfer-Encoding: identity')}${SMUGGLED}`],
    'chunked with a tab': ['body', 400, `${post(`${CHUNKED}\t`)}${EMPTY_CHUNK}`],
    'chunked twice': ['parser', 400, `${post(CHUNKED, CHUNKED)}${EMPTY_CHUNK}`],
    'chunked, gzip': ['parser', 400, `${post('Transfer-Encoding: chunked, gzip')}${EMPTY_CHUNK}`],
    'an empty Transfer-Encoding': ['parser', 400, `${post('Transfer-Encoding:')}${SMUGGLED}`],
    'a vertical tab before chunked': ['parser', 400, `${post('Transfer-Encoding: \x0bchunked')}${EMPTY_CHUNK}`],
    'chunked, then a length': ['parser', 400, `${post(CHUNKED, 'Content-Length: 4')}${EMPTY_CHUNK}`],
    'a length, then chunked': ['parser', 400, `${post('Content-Length: 4', CHUNKED)}${EMPTY_CHUNK}`],
    'a length, then xchunked': ['parser', 400, `${post('Content-Length: 4', 'Transfer-Encoding: xchunked')}abcd`],
    'two lengths': ['parser', 400, `${post('Content-Length: 2', 'Content-Length: 2')}ab`],
    'a list of lengths': ['parser', 400, `${post('Content-Length: 2, 2')}ab`],
    'a signed length': ['parser', 400, `${post('Content-Length: +2')}ab`],
    'an empty length': ['parser', 400, post('Content-Length:')],
    'a folded header': ['parser', 400, get(HOST, 'X-A: b\r\n c')],
    'lines that end in LF': ['parser', 400, get(HOST).replaceAll('\r', '')],
    'a CR within a header': ['parser', 400, get('Host: a\rX: b')],
    'a space before the colon': ['parser', 400, get('Host : gateway.example')],
    'a NUL in a header': ['parser', 400, get(HOST, 'X: a\0b')],
    'a control in a header': ['parser', 400, get(HOST, 'X: a\x01b')],
    'a byte above ASCII in the path': ['parser', 400, request('GET /caf\xe9 HTTP/1.1', HOST)],
    'a tab in the path': ['parser', 400, request('GET /a\tb HTTP/1.1', HOST)],
    'a path without a slash': ['parser', 400, request('GET a HTTP/1.1', HOST)],
    'an unknown method': ['parser', 400, request('FETCH /a HTTP/1.1', HOST)],
    'HTTP/1.2': ['parser', 400, request('GET /a HTTP/1.2', HOST)],
    'the HTTP/2 preface': ['parser', 400, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    'a TLS handshake': ['parser', 400, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    'large headers': ['parser', 431, get(HOST, `X: ${'a'.repeat(9_000)}`)],
    'a long request line': ['parser', 431, request(`GET /${'a'.repeat(9_000)} HTTP/1.1`, HOST)],
    'a bad chunk': ['body', 400, `${post(CHUNKED)}-1\r\na\r\n${EMPTY_CHUNK}`],
    'a chunk that ends in LF': ['body', 400, `${post(CHUNKED)}1\na\r\n${EMPTY_CHUNK}`],
    'huge chunk extensions': ['body', 413, `${post(CHUNKED)}1;${'a'.repeat(20_000)}\r\na\r\n${EMPTY_CHUNK}`],
  };
  for (const [name, [refuser, expected, bytes]] of Object.entries(refused)) {
    const before = { ...seen };
    const { statuses, closed } = await send(port, bytes);
    t.same([statuses, closed], [[expected], true], name);
    const [requests, refusals] = [seen.requests - before.requests, seen.refusals - before.refusals];
    const expectedCounts = { parser: [0, 0], check: [1, 1], body: [1, 0] }[refuser];
    t.same(
      [requests, refusals, seen.handled - before.handled],
      [...expectedCounts, 0],
      `${name}: refused by ${refuser}`,
    );
  }
});

t.test('nothing that follows a refused request on its connection is handled', async (t) => {
  const { port, seen } = await serve(t);
  const { statuses, closed } = await send(port, get(HOST, HOST) + get(HOST) + get(HOST));
  t.same([statuses, closed, seen.handled], [[400], true, 0]);
  t.equal(seen.requests, 3, 'the parser had already read them');
});

t.test('a malformed request is answered with a problem that closes the connection', async (t) => {
  const { port } = await serve(t);
  const { answer } = await send(port, 'nonsense\r\n\r\n');
  const [head = '', content = ''] = answer.split('\r\n\r\n');
  const [line, ...headers] = head.split('\r\n');
  t.equal(line, 'HTTP/1.1 400 Bad Request');
  t.same(
    headers.filter((header) => !header.startsWith('Date: ')),
    [
      'Content-Type: application/problem+json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(content)}`,
      'X-Road-Error: Client.BadRequest',
      'Connection: close',
    ],
  );
  t.equal(headers.filter((header) => header.startsWith('Date: ')).length, 1, 'one Date');
  t.match(JSON.parse(content), {
    type: '/problems/request-malformed',
    title: 'The request is not well-formed',
    status: 400,
    code: 'request-malformed',
    detail: 'The bytes received are not an HTTP/1.1 request.',
    message: 'The bytes received are not an HTTP/1.1 request.',
  });
});

t.test('what follows a request and is malformed does not take the place of its answer', async (t) => {
  const { port, seen } = await serve(t, {}, () => wait(50, 'whole'));
  const { answer, statuses, closed } = await send(port, `${get(HOST)}nonsense\r\n\r\n`);
  t.same([statuses, closed, seen.handled], [[200], true, 1]);
  t.match(answer, /connection: close\r\n\r\nwhole$/i);
});

const slowly: RouteHandlerMethod = (_request, reply) => {
  const parts = async function* () {
    yield 'first ';
    await wait(50);
    yield 'second';
  };
  return reply.send(Readable.from(parts(), { objectMode: false }));
};

t.test('what is malformed does not break into an answer that has begun', async (t) => {
  const { port } = await serve(t, {}, slowly);
  const { answer, statuses, closed } = await send(port, get(HOST), 'nonsense\r\n\r\n', 'again');
  t.match(answer, /first \r\n6\r\nsecond\r\n0\r\n\r\n/);
  t.same([statuses, closed], [[200, 400], true], 'the connection is of no more use');
});

t.test('an answer that has begun before its request is whole is cut off when the rest is malformed', async (t) => {
  const { port } = await serve(t, {}, slowly);
  const { answer, statuses, closed } = await send(port, get(HOST, CHUNKED), '-1\r\n');
  t.same([statuses, closed], [[200], true]);
  t.notMatch(answer, /second/);
});

t.test('nothing is written to a connection that is already ended', async (t) => {
  const received: Buffer[] = [];
  const peer = createServer((socket) => socket.on('data', (data) => received.push(data)).on('error', () => {}));
  peer.listen(0, '127.0.0.1');
  await once(peer, 'listening');
  t.teardown(() => peer.close());
  const socket = connect((peer.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  socket.end();
  answerMalformedHttp({ code: 'HPE_INVALID_METHOD' }, socket);
  await once(socket, 'close');
  t.same(received, []);
});

t.test('headers that trickle in are cut off', async (t) => {
  const { port, seen } = await serve(t, { headersTimeoutMs: 100 });
  const { statuses, closed } = await send(port, 'GET /a HTTP/1.1\r\nHost:');
  t.same([statuses, closed, seen.requests], [[408], true, 0]);
});

t.test('a body that trickles in is cut off', async (t) => {
  const { port, seen } = await serve(t, { requestTimeoutMs: 100, headersTimeoutMs: 100 });
  for (const bytes of [`${post('Content-Length: 9')}abc`, `${post(CHUNKED)}9\r\nabc`]) {
    const { statuses, closed } = await send(port, bytes);
    t.same([statuses, closed, seen.handled], [[408], true, 0]);
  }
});

t.test('a connection that never says anything is cut off', async (t) => {
  const { port } = await serve(t, { headersTimeoutMs: 100 });
  t.equal((await send(port)).closed, true);
});

t.test('an answer that takes longer than the request timeout is not cut off', async (t) => {
  const { port } = await serve(t, { requestTimeoutMs: 50, headersTimeoutMs: 50 }, () => wait(200, 'late'));
  const { answer } = await send(port, get(HOST, 'Connection: close'));
  t.match(answer, /late$/);
});

t.test('a connection on which nothing moves is cut off', async (t) => {
  const { port } = await serve(t, { inactivityTimeoutMs: 100 }, () => wait(CLOSING_MS, 'too late', { ref: false }));
  const { answer, closed } = await send(port, get(HOST));
  t.same([answer, closed], ['', true]);
});

t.test('an idle connection is closed after its keep-alive time', async (t) => {
  const { port } = await serve(t, { keepAliveTimeoutMs: 1_000 });
  const socket = connect(port, '127.0.0.1');
  socket.resume();
  socket.write(get(HOST));
  await once(socket, 'data');
  const start = performance.now();
  await once(socket, 'close');
  const idleMs = performance.now() - start;
  // Node waits up to a second longer than it promises the client, so that a request under way is not lost.
  t.ok(idleMs > 900 && idleMs < 4_000, `${idleMs} ms`);
});

t.test('the check refuses by itself what this version of the parser already refuses', async (t) => {
  const host: string[] = ['Host', 'gateway.example'];
  const refused: Record<string, [rawHeaders: string[], url: string, version: string]> = {
    'chunked and a length': [[...host, 'Content-Length', '4', 'transfer-encoding', 'chunked'], '/a', '1.1'],
    'two lengths': [[...host, 'Content-Length', '4', 'content-length', '4'], '/a', '1.1'],
    'chunked twice': [[...host, 'Transfer-Encoding', 'chunked', 'Transfer-Encoding', 'chunked'], '/a', '1.1'],
    'an empty Transfer-Encoding': [[...host, 'Transfer-Encoding', ''], '/a', '1.1'],
    'no Host': [[], '/a', '1.1'],
    'a byte above ASCII': [host, '/caf\xe9', '1.1'],
    'a space': [host, '/a b', '1.1'],
    'no path': [host, '', '1.1'],
    'HTTP/1.2': [host, '/a', '1.2'],
  };
  for (const [name, [rawHeaders, url, version]] of Object.entries(refused)) {
    t.ok(refuseUnhygienicRequest(headOf(rawHeaders, url, version), limits) instanceof Problem, name);
  }
  t.equal(refuseUnhygienicRequest(headOf(host, '/a', '1.1'), limits), undefined);
});

t.test('a limit holds at its last value', async (t) => {
  const host: string[] = ['Host', 'gateway.example'];
  const lines = (count: number) => [...host, ...Array.from({ length: count - 1 }, () => ['X', 'y']).flat()];
  t.equal(refuseUnhygienicRequest(headOf(lines(30), '/a', '1.1'), limits), undefined);
  t.match(refuseUnhygienicRequest(headOf(lines(31), '/a', '1.1'), limits)?.detail, /30 headers/);
  t.equal(refuseUnhygienicRequest(headOf(host, '/'.padEnd(200, 'a'), '1.1'), limits), undefined);
  t.match(refuseUnhygienicRequest(headOf(host, '/'.padEnd(201, 'a'), '1.1'), limits)?.detail, /200 bytes/);
});

t.test('a refusal never repeats what was sent', async (t) => {
  const PERSONAL = '099190000001';
  const problems = [
    refuseUnhygienicRequest(headOf(['Host', `${PERSONAL} `], '/a', '1.1'), limits),
    refuseUnhygienicRequest(
      headOf(['Host', 'a', 'Authorization', PERSONAL, 'Authorization', PERSONAL], '/a', '1.1'),
      limits,
    ),
    refuseUnhygienicRequest(headOf(['Host', 'a'], `/${PERSONAL}#`, '1.1'), limits),
  ];
  for (const problem of problems) {
    t.ok(problem);
    t.notMatch(problem?.message, PERSONAL);
  }
});

/** As Node hands it over: names in lower case, of repeated ones the first. */
function headOf(rawHeaders: string[], url: string, httpVersion: string): RequestHead {
  const headers: Record<string, string> = {};
  for (let index = 0; index < rawHeaders.length; index += 2) {
    headers[(rawHeaders[index] as string).toLowerCase()] ??= rawHeaders[index + 1] as string;
  }
  return { headers, rawHeaders, url, httpVersion };
}
