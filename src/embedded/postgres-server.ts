/** Runs one PostgreSQL server as a child process and tells when it takes connections and how it ended. */

import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { BoundedLogFile } from './bounded-log-file.ts';
import { EmbeddedError } from './embedded-error.ts';
import { endProcess, exitOf } from './end-process.ts';
import type { Log } from './log.ts';
import { type Account, ownFolder, postgresEnvironment } from './postgres-account.ts';
import { clearLeftovers, clusterNameOf, pidFileOf } from './postgres-leftovers.ts';
import { type PostgresLimits, serverArguments } from './postgres-settings.ts';
import type { Running } from './supervise.ts';

export interface ServerPlace {
  /** The program. */
  readonly postgres: string;
  readonly cluster: string;
  readonly account: Account | undefined;
  readonly limits: PostgresLimits;
  /** Takes what the server writes. */
  readonly output: BoundedLogFile;
  readonly log: Log;
}

export interface ServerFacts {
  /** On 127.0.0.1. */
  readonly port: number;
}

const pollMs = 10;
const immediateShutdownMs = 5_000;
const portsTriedMax = 5;

/** Resolves when the server takes connections, on `port` if one is given, else on a free one. */
export async function startServer(place: ServerPlace, port: number | undefined): Promise<Running<ServerFacts>> {
  await clearLeftovers(place.cluster, place.limits.stopTimeoutMs, place.log);
  for (let tried = 1; ; tried += 1) {
    const started = await startOn(port ?? (await freePort()), place);
    if (typeof started !== 'string') return started;
    // A free port can be taken by another process before the server gets it.
    const portTaken = port === undefined && tried < portsTriedMax && started.includes('could not bind');
    if (!portTaken) throw new EmbeddedError(`The embedded PostgreSQL did not start: ${started}`);
  }
}

/** The running server, or what went wrong. */
async function startOn(port: number, place: ServerPlace): Promise<Running<ServerFacts> | string> {
  const { cluster, account, limits, output } = place;
  const outputStart = output.size();
  const server = spawn(
    place.postgres,
    ['-D', ownFolder(cluster, account), ...serverArguments(port, await clusterNameOf(cluster), limits)],
    {
      ...account,
      cwd: cluster,
      env: postgresEnvironment(),
      // A group of its own: Ctrl-C reaches the gateway alone, which needs the server until its last exchange is recorded.
      detached: true,
      stdio: ['ignore', output.fd, output.fd],
    },
  );
  const exited = exitOf(server);
  // Fast shutdown, for a gateway that ends in an orderly way without closing; one that is killed leaves it to the next start.
  const stopOnExit = () => server.kill('SIGINT');
  process.once('exit', stopOnExit);
  exited.then(
    () => process.off('exit', stopOnExit),
    () => process.off('exit', stopOnExit),
  );
  const stop = () =>
    endProcess(server, [
      ['SIGINT', limits.stopTimeoutMs],
      ['SIGQUIT', immediateShutdownMs],
    ]);
  const failure = await Promise.race([
    takesConnections(server, cluster, limits.startTimeoutMs),
    exited.then((how) => how, String),
  ]);
  if (failure === undefined) return { facts: { port }, exited, stop };
  await stop();
  return [failure, output.since(outputStart)].join('\n');
}

/** Undefined when the server says so in its pid file (PostgreSQL: src/include/utils/pidfile.h), else why not. */
async function takesConnections(server: ChildProcess, cluster: string, timeoutMs: number): Promise<string | undefined> {
  const deadlineMs = performance.now() + timeoutMs;
  while (performance.now() < deadlineMs) {
    if (server.exitCode !== null || server.signalCode !== null) return 'ended';
    const lines = (await readFile(pidFileOf(cluster), 'latin1').catch(() => '')).split('\n');
    if (Number(lines[0]) === server.pid && lines[7]?.trim() === 'ready') return undefined;
    await wait(pollMs);
  }
  return `it took no connections within ${timeoutMs} ms`;
}

async function freePort(): Promise<number> {
  const probe = createServer();
  const port = await new Promise<number>((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      if (typeof address === 'object' && address !== null) resolve(address.port);
    });
  });
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
