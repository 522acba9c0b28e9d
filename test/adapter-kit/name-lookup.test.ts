/** A registry whose name cannot be resolved is unavailable, and found again as soon as it can, without a restart. */

import dns from 'node:dns';
import t, { type Test } from 'tap';
import { SourceError } from '../../src/adapter-kit/source-error.ts';
import { sqlSource } from '../../src/adapter-kit/sql-source.ts';
import { startMariaDb, startPostgres } from '../support/servers.ts';
import { failureOf, openSource, patience, serveHttp } from './http-registry.ts';

const name = 'registry.test';

/** Puts a name server that knows the name or doesn't in place of the machine's. */
function serveNames(t: Test): { knows: boolean } {
  const server = { knows: false };
  const { lookup } = dns;
  const answer = (
    asked: string,
    options: dns.LookupAllOptions,
    done: (error: Error | null, ...found: unknown[]) => void,
  ) => {
    if (asked !== name) return lookup(asked, options, done);
    if (!server.knows) return done(Object.assign(new Error(`getaddrinfo ENOTFOUND ${asked}`), { code: 'ENOTFOUND' }));
    return options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);
  };
  t.intercept(dns, 'lookup', { value: answer });
  return server;
}

t.test('behind HTTP', async (t) => {
  const names = serveNames(t);
  const port = await serveHttp(t, (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('"here"');
  });
  const source = openSource(t, `http://${name}:${port}`);
  t.match(await failureOf(source), { kind: 'unavailable', message: /ENOTFOUND/ });
  names.knows = true;
  t.equal((await source.request({ method: 'GET', path: '/', signal: patience() })).body, 'here');
});

for (const [engine, startServer] of Object.entries({ PostgreSQL: startPostgres, MariaDB: startMariaDb })) {
  t.test(engine, async (t) => {
    const { url } = await startServer(t);
    const names = serveNames(t);
    const there = url.replace('127.0.0.1', name);
    const source = sqlSource({ url: there, poolMax: 1, connectTimeoutMs: 5000 }, new URL('./', import.meta.url));
    t.teardown(() => source.close());
    await t.rejects(source.check(), { name: SourceError.name, kind: 'unavailable' });
    names.knows = true;
    await t.resolves(source.check());
  });
}
