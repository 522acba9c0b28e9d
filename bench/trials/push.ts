/** Pushes taken over durably, against a process that does nothing but insert the same rows, as many in a transaction. */

import { openState } from '../../src/state/open-state.ts';
import { startChild } from '../child.ts';
import { busyPercent } from '../generate-load.ts';
import { pushService } from '../push-messages.ts';
import { openPushServer } from '../push-server.ts';
import type { TrialPlan } from '../scenario.ts';
import type { RawOpen, RawResult, RawRun } from '../servers/raw-rows.ts';
import { figureOf, type OpenTrial } from './trial.ts';

/** Nobody listens there: what is accepted waits. */
const awayUrl = 'postgres://nobody@127.0.0.1:1/nothing';
/** Batches of the gateway that are under way at once. */
const batchesInFlight = 1;
const stateLimits = {
  ...{ poolMax: 1, waitingMax: 64, connectTimeoutMs: 5000, statementTimeoutMs: 60_000 },
  ...{
    longStatementTimeoutMs: 60_000,
    idleTransactionMs: 10_000,
    peerLostSeconds: 10,
    retryMs: 500,
    retryMsMax: 30_000,
  },
};

export const openPushTrial: OpenTrial<Extract<TrialPlan, { kind: 'push' }>> = async (stack, stage, { isDrained }) => {
  const { serverCore: core, profileFolder, generator } = stage;
  const { connections, warmupSeconds } = stage.options;
  const registry = await stage.registry();
  const name = isDrained ? 'push-beside' : 'push-accept';
  const stateUrl = await registry.database(name.replace('-', '_'));
  const registryUrl = isDrained ? registry.url : awayUrl;
  const own = { services: [pushService], stateUrl, registryUrl, profileFolder };
  const gateway = await openPushServer(stack, { name, folder: stage.newFolder(name), core, ...own });
  const module = new URL('../servers/raw-rows.ts', import.meta.url);
  const raw = stack.use(startChild({ name: 'raw rows', module, core }));

  const load = async (seconds: number) => {
    stage.signal.throwIfAborted();
    return gateway.load(generator, connections, seconds);
  };
  // The rows that are inserted are copies of those that the gateway has kept.
  let { batchRows } = await load(warmupSeconds);
  const toUrl = await registry.database(`${name.replace('-', '_')}_raw`);
  await (await openState({ url: toUrl }, stateLimits)).close();
  await raw.ask('open', { fromUrl: stateUrl, toUrl } satisfies RawOpen);

  return {
    async own(seconds) {
      const result = await load(seconds);
      batchRows = result.batchRows;
      const { cpuMicrosPerPush, postgresMicrosPerPush, deliveredPerSecond } = result;
      return {
        ...figureOf(result, cpuMicrosPerPush * result.requests),
        cpuMicros: cpuMicrosPerPush + postgresMicrosPerPush,
        more: { postgresMicros: postgresMicrosPerPush, batchRows, deliveredPerSecond },
      };
    },
    async reference(seconds) {
      const run = { seconds, batchRows: Math.round(batchRows), inFlight: batchesInFlight } satisfies RawRun;
      const { rowsPerSecond, cpuMicrosPerRow, postgresMicrosPerRow } = await raw.ask<RawResult>('run', run);
      return {
        perSecond: rowsPerSecond,
        cpuMicros: cpuMicrosPerRow + postgresMicrosPerRow,
        busyPercent: busyPercent(cpuMicrosPerRow * rowsPerSecond, 1),
        more: { postgresMicros: postgresMicrosPerRow },
      };
    },
  };
};
