/** A registry behind a dead link has forgotten its connections: one call finds that out and takes the idle ones along, so that the next ones are answered. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { httpSource, type SqlSource, sqlSource } from '../../src/adapter-kit/index.ts';
import { statement } from '../../src/state/statements.ts';
import { eventually } from '../support/eventually.ts';
import { type FarNetwork, makeFarNetwork } from '../support/far-network.ts';
import { startMariaDb, startPostgres, type TestServer } from '../support/servers.ts';
import { openState } from '../support/state-fixture.ts';

t.setTimeout(120_000);

const connections = 8;
const budgetMs = 500;
/** Until the other side's kernel has given up its goodbyes, too. */
const forgottenMs = 2000;
const httpPort = 8080;
/** Answers after a moment, so that calls at the same time take connections of their own, which it keeps for long. */
const httpServer = `
const server = require('node:http').createServer((request, response) => setTimeout(() => {
  response.setHeader('content-type', 'application/json').end('{}');
}, 50));
server.keepAliveTimeout = 600_000;
server.listen(${httpPort}, process.argv[1], () => console.log('ready'));`;

interface Source {
  ask(signal: AbortSignal): Promise<unknown>;
  /** The server goes without a word, and comes back knowing nothing. */
  restart(): Promise<void>;
}

const restarting = (server: TestServer) => async () => {
  await server.crash();
  await server.start();
};
const limits = { poolMax: connections, connectTimeoutMs: budgetMs };
const checking = (t: Test, server: TestServer): Source => {
  const source: SqlSource = sqlSource({ url: server.url, ...limits }, new URL('../chaos/sql/', import.meta.url));
  t.teardown(() => source.close());
  return { ask: (signal) => source.check(signal), restart: restarting(server) };
};

const sources: Readonly<Record<string, (t: Test, network: FarNetwork) => Promise<Source>>> = {
  PostgreSQL: async (t, within) => checking(t, await startPostgres(t, { within })),
  MariaDB: async (t, within) => checking(t, await startMariaDb(t, { within })),
  'the state database': async (t, within) => {
    const server = await startPostgres(t, { within });
    const state = openState(t, server.url, { ...limits, statementTimeoutMs: budgetMs });
    await state.opened(AbortSignal.timeout(10_000));
    return { ask: () => state.query(statement('one', 'SELECT 1 AS one')), restart: restarting(server) };
  },
  HTTP: async (t, network) => {
    let child = await startHttp(network);
    t.teardown(() => child.kill('SIGKILL'));
    const source = httpSource({
      url: `http://${network.address}:${httpPort}`,
      connectTimeoutMs: budgetMs,
      headersTimeoutMs: 10_000,
      bodyTimeoutMs: 10_000,
      connectionsMax: connections,
      answerBytesMax: 1024,
    });
    t.teardown(() => source.close());
    return {
      ask: (signal) => source.request({ method: 'GET', path: '/', signal }),
      async restart() {
        child.kill('SIGKILL');
        await once(child, 'exit');
        child = await startHttp(network);
      },
    };
  },
};

for (const [name, open] of Object.entries(sources)) {
  t.test(name, async (t) => {
    const network = makeFarNetwork(t);
    const source = await open(t, network);
    await Promise.all(Array.from({ length: connections }, () => source.ask(AbortSignal.timeout(10_000))));
    t.ok(network.sockets() >= connections / 2, `${network.sockets()} connections before`);

    network.cut();
    const startedMs = performance.now();
    await t.rejects(source.ask(AbortSignal.timeout(budgetMs)));
    t.comment(`${name}: the call ended after ${Math.round(performance.now() - startedMs)} ms`);
    await source.restart();
    await eventually(() => network.sockets() === 0);
    await sleep(forgottenMs);
    network.mend();
    const after = Array.from({ length: connections }, () => source.ask(AbortSignal.timeout(5_000)));
    const failed = (await Promise.allSettled(after)).filter(({ status }) => status === 'rejected');
    t.equal(failed.length, 0, `failed calls after it, of ${connections}`);
  });
}

async function startHttp(network: FarNetwork): Promise<ChildProcess> {
  const [program = '', ...line] = network.command([process.execPath, '-e', httpServer, network.address]);
  const child = spawn(program, line, { stdio: ['ignore', 'pipe', 'inherit'] });
  const endWithProcess = () => child.kill('SIGKILL');
  process.once('exit', endWithProcess);
  child.once('exit', () => process.off('exit', endWithProcess));
  await once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data');
  return child;
}
