/**
 * The simulator as a process: one registry on one port, for as long as its parent lives.
 *
 * JUDICIAL_SIMULATOR holds its settings as JSON; LIENTHONG_PORT the port to take, a free one if absent; LIENTHONG_HOST the
 * address, loopback if absent.
 */

import type { AddressInfo } from 'node:net';
import { sqlSource } from '../../../src/adapter-kit/index.ts';
import { createActs } from './acts/index.ts';
import { changeBehaviour } from './behaviour.ts';
import { createQuestions } from './questions.ts';
import { createRegistryServer, type ServerSettings } from './server.ts';

export interface SimulatorSettings {
  readonly databaseUrl: string;
  readonly tls: ServerSettings['tls'];
  readonly client: string;
  /** As in behaviour.ts; checked at the start. */
  readonly behaviour: { readonly mode: string; readonly latencyMs: number };
}

const stopMsMax = 2_000;
if (!process.env.JUDICIAL_SIMULATOR) throw new Error('JUDICIAL_SIMULATOR is not set');
const settings: SimulatorSettings = JSON.parse(process.env.JUDICIAL_SIMULATOR);
const behaviour = changeBehaviour({ mode: 'normal', latencyMs: 0 }, settings.behaviour);
if (behaviour === undefined) throw new Error('JUDICIAL_SIMULATOR: behaviour is not one of simulator/behaviour.ts');

const sql = sqlSource(
  { url: settings.databaseUrl, poolMax: 8, queueMax: 1_024, connectTimeoutMs: 2_000 },
  new URL('./sql/', import.meta.url),
);
const server = createRegistryServer(
  { tls: settings.tls, client: settings.client, behaviour },
  { questions: createQuestions(sql, Date.now), acts: createActs(sql), check: (signal) => sql.check(signal) },
);

server.listen(Number(process.env.LIENTHONG_PORT ?? 0), process.env.LIENTHONG_HOST ?? '127.0.0.1', () => {
  process.send?.({ ready: true, port: (server.address() as AddressInfo).port });
});
process.once('SIGTERM', stop);
process.once('disconnect', stop);
// Ctrl-C in a terminal reaches every process; this one stays until its parent has no more questions.
process.on('SIGINT', () => {});

function stop(): void {
  setTimeout(() => process.exit(0), stopMsMax).unref();
  server.close(() => {
    sql.close().finally(() => process.exit(0));
  });
  server.closeIdleConnections();
}
