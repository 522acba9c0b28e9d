/**
 * A registry whose name cannot be resolved is unavailable, and found again as soon as it can, without a restart; and while its
 * name server hangs, registries of other names are connected to as ever.
 */

import t, { type Test } from 'tap';
import { SourceError } from '../../src/adapter-kit/source-error.ts';
import { sqlSource } from '../../src/adapter-kit/sql-source.ts';
import { shareMachineNames } from '../names/machine-names.ts';
import { startMariaDb, startPostgres } from '../support/servers.ts';
import { openSource, patience, serveHttp } from './http-registry.ts';

const host = 'registry.test';
const others = ['one.test', 'two.test', 'three.test', 'four.test'];
const settings = { keptMs: 0, slowMs: 20, timeoutMs: 300, staleMsMax: 60_000, entriesMax: 100 };
const connectTimeoutMs = 5000;

/** Asks the registry of that host over a connection of its own. */
type Ask = (host: string) => Promise<unknown>;

const kinds: Readonly<Record<string, (t: Test) => Promise<Ask>>> = {
  async HTTP(t) {
    const port = await serveHttp(t, (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('"here"');
    });
    return async (host) =>
      openSource(t, `http://${host}:${port}`, { connectTimeoutMs }).request({
        method: 'GET',
        path: '/',
        signal: patience(),
      });
  },
  PostgreSQL: (t) => askSql(t, startPostgres),
  MariaDB: (t) => askSql(t, startMariaDb),
};

async function askSql(t: Test, startServer: typeof startPostgres): Promise<Ask> {
  const { url } = await startServer(t);
  return async (host) => {
    const there = url.replace('127.0.0.1', host);
    const source = sqlSource({ url: there, poolMax: 1, connectTimeoutMs }, new URL('./', import.meta.url));
    t.teardown(() => source.close());
    return source.check();
  };
}

for (const [kind, start] of Object.entries(kinds)) {
  t.test(kind, async (t) => {
    const ask = await start(t);
    const { resolver } = shareMachineNames(t, settings);
    for (const other of others) resolver.say(other, '127.0.0.1');
    const unavailable = (code: string) => ({ name: SourceError.name, kind: 'unavailable', message: new RegExp(code) });

    resolver.say(host, 'ENOTFOUND');
    await t.rejects(ask(host), unavailable('ENOTFOUND'));

    resolver.say(host, undefined);
    const hanging = Array.from({ length: 20 }, () => ask(host));
    for (const outcome of hanging) outcome.catch(() => undefined);
    for (const other of others) {
      const startedMs = performance.now();
      await t.resolves(ask(other));
      t.ok(performance.now() - startedMs < connectTimeoutMs / 2, `${other} within its usual time`);
    }
    for (const outcome of hanging) await t.rejects(outcome, unavailable('EAI_AGAIN'));
    t.equal(resolver.begun.filter((name) => name === host).length, 2, 'nobody had it looked up again meanwhile');

    resolver.say(host, '127.0.0.1');
    resolver.giveUp();
    await t.resolves(ask(host), 'found as soon as it can be');
    resolver.say(host, undefined);
    await t.resolves(ask(host), 'and connected to while its name server hangs again');
  });
}
