/** A gateway with a state database of its own, and what is seen in that database of its work. */

import pg from 'pg';
import { type Child, startChild } from './child.ts';
import type { LoadPlan, LoadResult } from './generate-load.ts';
import { profiling } from './open-server.ts';
import { postgresCpuMicros } from './postgres-cpu.ts';
import { pushedPeople, pushPath, pushSender, residencePush } from './push-messages.ts';
import type { GatewayParameters } from './servers/open-gateway.ts';
import type { CpuMicros, Opened, OpenRequest } from './servers/serve.ts';

export interface PushServerSetup extends Omit<GatewayParameters, 'cacheEntriesMax' | 'isRecording'> {
  readonly name: string;
  /** Its own. */
  readonly folder: string;
  readonly core: number | undefined;
  readonly stateUrl: string;
  /** Of the population register. */
  readonly registryUrl: string;
  readonly profileFolder: string | undefined;
}

export interface PushServer {
  readonly child: Child;
  /** Base URL. */
  readonly url: string;
  /** Of the sender. */
  readonly headers: Readonly<Record<string, string>>;
  readonly stateUrl: string;
  readonly state: pg.Pool;
  /** Sends pushes of distinct people, as many as the connections can. */
  load(generator: Child, connections: number, seconds: number): Promise<PushLoad>;
}

export interface PushLoad extends LoadResult {
  /** Of the gateway, deliveries meanwhile included. */
  readonly cpuMicrosPerPush: number;
  /** Of PostgreSQL, likewise. */
  readonly postgresMicrosPerPush: number;
  /** Pushes that came into the database together, on average. */
  readonly batchRows: number;
  readonly deliveredPerSecond: number;
}

/** As many as the manifest lets the register be asked at once; deliveries have a quarter of them. */
const registryConnections = 64;

interface Seen {
  readonly kept: number;
  readonly transactions: number;
  readonly delivered: number;
}

/** A row of messages is written once, in the transaction that keeps the push, until results come to it. */
const seenSql = `SELECT (SELECT count(*)::int FROM delivery_messages) AS kept,
  (SELECT count(DISTINCT xmin::text)::int FROM delivery_messages WHERE results IS NULL) AS transactions,
  (SELECT count(*)::int FROM deliveries WHERE state = 'delivered') AS delivered`;

/** Resolves when it takes pushes. */
export async function openPushServer(stack: AsyncDisposableStack, setup: PushServerSetup): Promise<PushServer> {
  const { name, folder, core, registryUrl, profileFolder, ...own } = setup;
  const module = new URL('servers/gateway.ts', import.meta.url);
  const nodeArguments = profiling(profileFolder);
  const child = stack.use(startChild({ name, module, core, nodeArguments }));
  const parameters: GatewayParameters = { cacheEntriesMax: 1, isRecording: true, ...own };
  const { url, token } = await child.ask<Opened>('open', {
    folder,
    databaseUrl: registryUrl,
    databaseConnections: registryConnections,
    path: pushPath,
    constantAnswer: '',
    client: pushSender,
    parameters: { ...parameters },
  } satisfies OpenRequest);
  const headers = { authorization: `Bearer ${token}`, 'x-road-client': pushSender, 'content-type': 'application/json' };
  const state = new pg.Pool({ connectionString: setup.stateUrl, max: 2 });
  stack.defer(() => state.end());
  await untilOpen(`${url}${pushPath}`, headers);
  const bodies = pushedPeople().map((pin, at) => residencePush(pin, `số ${at}`));
  const plan: Omit<LoadPlan, 'connections' | 'seconds'> = {
    url: `${url}${pushPath}`,
    headers,
    bodies,
    answerStart: '{"exchangeId":"',
  };
  const seen = async () => (await state.query<Seen>(seenSql)).rows[0] as Seen;
  let loads = 0;

  return {
    child,
    url,
    headers,
    stateUrl: setup.stateUrl,
    state,
    async load(generator, connections, seconds) {
      loads += 1;
      const before = await seen();
      const [cpuBefore, postgresBefore] = [await child.ask<CpuMicros>('cpuTime'), await postgresCpuMicros(state)];
      const result = await generator.ask<LoadResult>('run', {
        ...plan,
        connections,
        seconds,
        namesStart: `load-${loads}`,
      } satisfies LoadPlan);
      const cpu = (await child.ask<CpuMicros>('cpuTime')) - cpuBefore;
      const postgres = (await postgresCpuMicros(state)) - postgresBefore;
      const after = await seen();
      return {
        ...result,
        cpuMicrosPerPush: cpu / result.requests,
        postgresMicrosPerPush: postgres / result.requests,
        batchRows: (after.kept - before.kept) / Math.max(1, after.transactions - before.transactions),
        deliveredPerSecond: (after.delivered - before.delivered) / result.seconds,
      };
    },
  };
}

const openMsMax = 30_000;
const openPauseMs = 100;

async function untilOpen(url: string, headers: Readonly<Record<string, string>>): Promise<void> {
  const body = residencePush(pushedPeople()[0] ?? '', 'số 0');
  for (const startMs = performance.now(); ; ) {
    const { status } = await fetch(url, { method: 'POST', headers, body });
    if (status === 202) return;
    if (status !== 503 || performance.now() - startMs > openMsMax) throw new Error(`the first push gets ${status}`);
    await new Promise((resolve) => setTimeout(resolve, openPauseMs));
  }
}
