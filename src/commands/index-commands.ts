/** `lienthong index`: makes the index of the exchange log anew while the gateway is stopped, and says how far it is. */

import type { Command } from 'commander';
import { logStates } from '../audit/log-states.ts';
import type { EntrySource } from '../audit/log-writer.ts';
import { rebuildIndex } from '../audit/rebuild-index.ts';
import { describeIndex, describeRebuild } from '../cli/index-lines.ts';
import { createProgress, type Terminal } from '../cli/log-lines.ts';
import type { GatewaySettings } from '../config.ts';
import { type DataFolder, openDataFolder } from '../embedded/data-folder.ts';
import { startEmbeddedPostgres } from '../embedded/postgres.ts';
import { runningDatabase } from '../embedded/running-postgres.ts';
import { createSharedPostgres } from '../embedded/shared-postgres.ts';
import { parseKeyRecord } from '../exchange-log/key-record.ts';
import { keyRecordName } from '../exchange-log/store/layout.ts';
import { openEntryFiles } from '../exchange-log/verify/entry-files.ts';
import { folderSource, type LogSource } from '../exchange-log/verify/log-source.ts';
import { demandDataFolder } from '../gateway-keys.ts';
import { type OpenState, openState } from '../state/open-state.ts';
import { openSession, type StateQueries } from '../state/session.ts';
import type { StateAddress } from '../state/settings.ts';
import { embeddedDatabase, locateState } from '../state-address.ts';
import { createLogger } from '../telemetry/logger.ts';
import { sourcesOf } from './log-places.ts';
import { configOption, dataOption, offerOf, say } from './options.ts';

interface IndexOptions {
  readonly config: string;
  readonly data: string;
}

export function addIndexCommands(program: Command): void {
  const index = program.command('index').description('the index of the exchange log, which auditors search');
  const onFolder = (command: Command) => command.addOption(configOption()).addOption(dataOption());

  onFolder(index.command('rebuild').description('make the index of the log anew; the gateway must be stopped')).action(
    async (options: IndexOptions) => {
      const stopping = endOnSignal();
      say(await rebuild(options.data, await settingsOf(options), process.stderr, stopping));
      if (stopping.aborted) process.exitCode = 1;
    },
  );
  onFolder(index.command('status').description('how many entries are indexed')).action(
    async (options: IndexOptions) => {
      say(await status(options.data, await settingsOf(options)));
    },
  );
}

async function settingsOf({ config }: IndexOptions): Promise<GatewaySettings> {
  return (await offerOf(config)).configuration.gateway;
}

/** What was done, for people. Throws LogFault, EmbeddedError, SourceError. */
async function rebuild(
  data: string,
  settings: GatewaySettings,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<string> {
  demandDataFolder(data, 'exchange-log');
  const sources = await Promise.all((await sourcesOf(data, {})).map(openIndexed));
  await using stack = new AsyncDisposableStack();
  const folder = await openDataFolder(data);
  stack.defer(() => folder.close());
  const state = await openOwnState(folder, settings, stack);
  const session = await state.connect();
  stack.defer(() => session.close());
  const said: string[] = [];
  for (const source of sources) {
    const startMs = performance.now();
    const progress = createProgress(terminal);
    const rebuilt = await rebuildIndex(session, source, { ...settings.index, ...settings.state, progress, signal });
    const seconds = (performance.now() - startMs) / 1000;
    said.push(describeRebuild({ log: source.origin, size: source.size(), seconds, ...rebuilt }));
    if (signal.aborted) break;
  }
  return said.join('\n');
}

async function openIndexed(source: LogSource): Promise<EntrySource> {
  const record = await source.read(keyRecordName);
  const logId = record === undefined ? undefined : parseKeyRecord(record).logId;
  return { ...(await openEntryFiles(source)), logId };
}

/** Starts the embedded server where that is the one; the stack ends it. */
async function openOwnState(
  folder: DataFolder,
  settings: GatewaySettings,
  stack: AsyncDisposableStack,
): Promise<OpenState> {
  const { embedded, state: limits, node } = settings;
  const log = createLogger({ level: 'silent' }, node);
  const postgres = createSharedPostgres(() =>
    startEmbeddedPostgres({ folder, log, limits: embedded.postgres, restart: embedded.restart }),
  );
  stack.defer(() => postgres.close());
  const state = await openState(await locateState(limits, postgres), limits);
  stack.defer(() => state.close());
  return state;
}

/** For people. Throws EmbeddedError, SourceError. */
async function status(data: string, settings: GatewaySettings): Promise<string> {
  await using stack = new AsyncDisposableStack();
  const address = await runningState(data, settings);
  let queries: StateQueries;
  if (address === undefined) {
    demandDataFolder(data, 'exchange-log');
    const folder = await openDataFolder(data);
    stack.defer(() => folder.close());
    queries = await openOwnState(folder, settings, stack);
  } else {
    const session = await openSession(address, settings.state);
    stack.defer(() => session.close());
    queries = session;
  }
  return describeIndex(await logStates(queries), await ownLogs(data));
}

/** A database that answers already: the configured one, or that of a gateway which runs on the folder. */
async function runningState(data: string, { state }: GatewaySettings): Promise<StateAddress | undefined> {
  if (state.database !== 'embedded') return state.database;
  const url = await runningDatabase(data, embeddedDatabase);
  return url === undefined ? undefined : { url };
}

/** None where the folder holds no log. */
async function ownLogs(data: string): Promise<{ origin: string; size: number }[]> {
  if ((await (await folderSource(data)).read('checkpoint')) === undefined) return [];
  const files = await Promise.all((await sourcesOf(data, {})).map(openEntryFiles));
  return files.map(({ origin, size }) => ({ origin, size: size() }));
}

/** The first signal ends the work after the transaction under way, a second one at once. */
function endOnSignal(): AbortSignal {
  const stopping = new AbortController();
  const stop = () => {
    if (stopping.signal.aborted) process.exit(1);
    stopping.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  return stopping.signal;
}
