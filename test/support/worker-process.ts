/** A gateway of several workers as processes of their own, and a load that says what it met. */

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { promisify } from 'node:util';
import type { Test } from 'tap';
import { dataLogs } from '../../src/data-logs.ts';
import type { LoggedEntry } from './answers.ts';
import { eventually } from './eventually.ts';
import { createTokensOf } from './gateway.ts';
import { type GatewayProcess, gatewayMain, type Place, serve } from './gateway-process.ts';
import { readLogFiles } from './log-files.ts';
import { askService } from './troubled.ts';

const run = promisify(execFile);
const consumer = 'VN/GOV/G07/social-protection';

export const serveWorkers = (t: Test, place: Place, count = 2): Promise<GatewayProcess> =>
  serve(t, place, (rest) => [process.execPath, ...rest, '--workers', String(count)]);

/** Process numbers of a worker so far, the newest last. */
export function pidsOf({ lines }: GatewayProcess, worker: number): number[] {
  const told = lines.filter((line) => line.includes('"the worker serves"')).map((line) => JSON.parse(line));
  // pino's own `pid` comes first, the worker's after it; the later one counts.
  return told.filter((line) => line.worker === worker).map(({ pid }) => pid);
}

/** Entries of every log of the data folder, by the number of the log. */
export async function entriesByLog({ data }: Pick<Place, 'data'>): Promise<Map<number, LoggedEntry[]>> {
  const logs = dataLogs(data, '').map(async ({ number, folder }) => {
    const entries = await readLogFiles(folder);
    return [number, entries.map((entry) => JSON.parse(entry.toString()))] as const;
  });
  return new Map(await Promise.all(logs));
}

/** Where it answers, and whose keys sign its tokens. */
export type Served = Pick<Place, 'data' | 'url'>;

export interface Answered {
  readonly id: string;
  readonly status: number;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

export interface Asked {
  readonly path: string;
  /** Of a POST. */
  readonly message?: object;
  /** Subsystem, or another holder of a token. */
  readonly as?: string;
  readonly role?: 'citizen' | 'operator';
  /** X-Road-Id; absent: the request has no name. */
  readonly name?: string;
  /** In place of a token of `as`. */
  readonly bearer?: string;
}

const simplest: Asked = { path: `/r1/VN/GOV/${askService}/v1`, message: { pin: '099190000001' } };

/** On a connection of its own, or of the agent's; a path alone is got. Rejects as the connection does. */
export async function askOnce(
  place: Served,
  agent: Agent | undefined,
  asked: Asked | string = simplest,
): Promise<Answered> {
  const {
    path,
    message,
    name,
    as = consumer,
    role = 'client',
    bearer = await tokenOf(place, as, role),
  } = typeof asked === 'string' ? { path: asked } : (asked as Asked);
  const client = role === 'client' ? { 'x-road-client': as } : {};
  const options = {
    agent: agent ?? false,
    method: message === undefined ? 'GET' : 'POST',
    path,
    headers: {
      ...client,
      ...(name === undefined ? {} : { 'x-road-id': name }),
      authorization: `Bearer ${bearer}`,
      'content-type': 'application/json',
    },
  };
  return new Promise((resolve, reject) => {
    const asking = request(place.url, options, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        body += part;
      });
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response;
        resolve({ id: String(headers['exchange-id']), status, body, headers });
      });
      response.on('error', reject);
    });
    asking.on('error', reject);
    asking.end(message && JSON.stringify(message));
  });
}

const tokens = new Map<string, Promise<string>>();

function tokenOf({ data }: Served, id: string, role: 'client' | 'citizen' | 'operator'): Promise<string> {
  const known = tokens.get(`${data} ${id}`) ?? createTokensOf(data)(id, role);
  tokens.set(`${data} ${id}`, known);
  return known;
}

/** A command of its own, as whoever checks the gateway runs it. */
export async function lienthong(...args: string[]): Promise<string> {
  return (await run(process.execPath, [gatewayMain, ...args])).stdout;
}

/** Newest and older verifier keys of every log. */
export async function logKeys({ config, data }: Pick<Place, 'config' | 'data'>): Promise<string[]> {
  return (await lienthong('log', 'key', '--config', config, '--data', data)).trim().split('\n');
}

/** Resolves with exit code and signal. */
export async function endGateway({ child }: GatewayProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<unknown> {
  const exit = once(child, 'exit');
  child.kill(signal);
  return exit;
}

/** One worker after the other, by SIGHUP. */
export async function renewWorkers({ child, lines }: GatewayProcess): Promise<void> {
  const renewals = () => lines.filter((line) => line.includes('"all workers are renewed"')).length;
  const before = renewals();
  child.kill('SIGHUP');
  await eventually(() => renewals() > before);
}

export interface Load {
  readonly answers: Answered[];
  readonly failures: Error[];
  /** Resolves when the last request is answered. */
  stop(): Promise<void>;
}

/** Asks as fast as it is answered: some callers with a connection for each request, as many that keep theirs. */
export function startLoad(place: Place, callers: number): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: callers });
  const answers: Answered[] = [];
  const failures: Error[] = [];
  let isOver = false;
  const call = async (own: Agent | undefined) => {
    while (!isOver)
      await askOnce(place, own).then(
        (one) => answers.push(one),
        (error: Error) => failures.push(error),
      );
  };
  const calling = Array.from({ length: callers }, () => [call(undefined), call(agent)]).flat();
  return {
    answers,
    failures,
    async stop() {
      isOver = true;
      await Promise.all(calling);
      agent.destroy();
    },
  };
}
