/** The HTTP source carries requests and answers unchanged, within its limits. */

import type { IncomingMessage } from 'node:http';
import t from 'tap';
import { SourceError } from '../../src/adapter-kit/source-error.ts';
import { openSource, patience, serveHttp } from './http-registry.ts';

const json = { 'content-type': 'application/json' };

const read = async (request: IncomingMessage): Promise<string> => {
  let content = '';
  for await (const chunk of request) content += chunk;
  return content;
};

t.test('a request goes out as JSON behind the path of the URL and its answer comes back parsed', async (t) => {
  const port = await serveHttp(t, async (request, response) => {
    const { method, url, headers } = request;
    const content = await read(request);
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
    response.end(JSON.stringify({ method, url, type: headers['content-type'], accept: headers.accept, content }));
  });
  const source = openSource(t, `http://127.0.0.1:${port}/api/v2/`);
  const answer = await source.request({ method: 'POST', path: '/tra-cuu', body: { ten: 'Hòa' }, signal: patience() });
  t.same(answer, {
    status: 200,
    body: {
      method: 'POST',
      url: '/api/v2/tra-cuu',
      type: 'application/json',
      accept: 'application/json',
      content: '{"ten":"Hòa"}',
    },
  });
});

t.test('traceparent passes', async (t) => {
  const port = await serveHttp(t, (request, response) => {
    response.writeHead(200, json).end(JSON.stringify(request.headers.traceparent ?? null));
  });
  const source = openSource(t, `http://127.0.0.1:${port}`);
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const traced = await source.request({ method: 'GET', path: '/', signal: patience(), headers: { traceparent } });
  t.equal(traced.body, traceparent);
  const untraced = await source.request({ method: 'GET', path: '/', signal: patience() });
  t.equal(untraced.body, null);
});

t.test('a 4xx with JSON is an answer, because registries say "not found" so', async (t) => {
  const port = await serveHttp(t, (_, response) => {
    response.writeHead(404, { 'content-type': 'application/problem+json' }).end('{"title":"not found"}');
  });
  const source = openSource(t, `http://127.0.0.1:${port}`);
  const answer = await source.request({ method: 'GET', path: '/', signal: patience() });
  t.same(answer, { status: 404, body: { title: 'not found' } });
});

t.test('204 has no body', async (t) => {
  const port = await serveHttp(t, (_, response) => {
    response.writeHead(204).end();
  });
  const source = openSource(t, `http://127.0.0.1:${port}`);
  t.same(await source.request({ method: 'PUT', path: '/', body: {}, signal: patience() }), {
    status: 204,
    body: undefined,
  });
});

t.test('connections are kept, never more than connectionsMax, and never shared by two requests at once', async (t) => {
  const connections = new Map<unknown, number>();
  let sharedAtOnce = 0;
  const port = await serveHttp(t, (request, response) => {
    const atOnce = (connections.get(request.socket) ?? 0) + 1;
    connections.set(request.socket, atOnce);
    sharedAtOnce = Math.max(sharedAtOnce, atOnce);
    setTimeout(() => {
      connections.set(request.socket, atOnce - 1);
      response.writeHead(200, json).end('{}');
    }, 5);
  });
  const source = openSource(t, `http://127.0.0.1:${port}`, { connectionsMax: 3 });
  const ask = () => source.request({ method: 'GET', path: '/', signal: patience() });
  await Promise.all(Array.from({ length: 30 }, ask));
  t.equal(connections.size, 3);
  t.equal(sharedAtOnce, 1);
});

t.test('a request beyond connectionsMax and queueMax fails at once, the others are answered', async (t) => {
  const port = await serveHttp(t, (_, response) => {
    setTimeout(() => response.writeHead(200, json).end('{}'), 50);
  });
  const source = openSource(t, `http://127.0.0.1:${port}`, { connectionsMax: 1, queueMax: 2 });
  const ask = () => source.request({ method: 'GET', path: '/', signal: patience() });
  const outcomes = await Promise.allSettled([ask(), ask(), ask(), ask()]);
  t.same(
    outcomes.map((outcome) => outcome.status),
    ['fulfilled', 'fulfilled', 'fulfilled', 'rejected'],
  );
  t.match(outcomes[3], { reason: { name: 'SourceError', kind: 'unavailable' } });
  t.equal((await ask()).status, 200, 'and room is made again');
});

t.test('close lets a request under way end and refuses further ones', async (t) => {
  const port = await serveHttp(t, (_, response) => {
    setTimeout(() => response.writeHead(200, json).end('{}'), 50);
  });
  const source = openSource(t, `http://127.0.0.1:${port}`);
  const underWay = source.request({ method: 'GET', path: '/', signal: patience() });
  const closed = source.close();
  t.equal((await underWay).status, 200);
  await closed;
  const late = source.request({ method: 'GET', path: '/', signal: patience() });
  await t.rejects(
    late,
    new SourceError('unavailable', `http://127.0.0.1:${port}: awaiting-headers failed (UND_ERR_DESTROYED)`),
  );
});
