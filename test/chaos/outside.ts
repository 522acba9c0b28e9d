/** What a gateway sends to of its own accord: a webhook receiver and an OpenTelemetry collector, each a process that can be stopped and killed. */

import type { WriteStream } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, type Teardown } from '../support/servers.ts';
import { createRestartable, type Restartable } from './restartable.ts';

export interface Outsider {
  readonly process: Restartable;
  readonly url: string;
  /** Bytes of what it has noted; they grow with whatever it takes. */
  takenBytes(): Promise<number>;
  /** A line for each thing that it has taken. */
  taken(): Promise<string[]>;
}

export interface Outside {
  readonly receiver: Outsider;
  readonly collector: Outsider;
}

export async function startOutside(t: Teardown, folder: string, output: WriteStream): Promise<Outside> {
  const [receiver, collector] = await Promise.all(
    ['receiver', 'collector'].map(async (name) => {
      const file = path.join(folder, `${name}.taken`);
      await writeFile(file, '');
      const port = await freePort();
      const module = path.join(import.meta.dirname, 'taker.ts');
      const env = { LIENTHONG_PORT: String(port), LIENTHONG_TAKEN: file };
      const process = createRestartable(t, { module, env, ready: 'message', output });
      await process.start();
      return {
        process,
        url: `http://127.0.0.1:${port}`,
        takenBytes: async () => (await stat(file)).size,
        taken: async () => (await readFile(file, 'utf8')).split('\n').filter((line) => line !== ''),
      };
    }),
  );
  return { receiver: receiver as Outsider, collector: collector as Outsider };
}

const lookAgainMs = 200;

/** Sections of gateway.yaml by which a gateway sends there. */
export function outsideSettings({ collector }: Outside, quick: boolean) {
  const sending = quick
    ? { timeoutMs: 500, backoffMs: 50, backoffMsMax: 200, leaseSeconds: 1 }
    : { timeoutMs: 2000, backoffMs: 100, backoffMsMax: 2000, leaseSeconds: 3 };
  return {
    webhooks: { allowPrivateAddresses: ['127.0.0.1'], connectTimeoutMs: 1000, ...sending },
    telemetry: {
      otlp: {
        url: collector.url,
        sampleRatio: 0.1,
        traceIntervalMs: quick ? 200 : 1000,
        metricIntervalMs: 10_000,
        timeoutMs: sending.timeoutMs,
        spansWaitingMax: 2048,
        spansBatchMax: 512,
      },
    },
  };
}

const noticeSender = 'VN/GOV/H26/one-stop';

/** Entry of members.yaml. */
export const receiverOf = ({ receiver }: Outside) => ({
  [noticeSender]: { url: `${receiver.url}/notices`, sends: ['final-states'] },
});

/** A line for each of these pushes of which the receiver is not told within `patienceMs` that it is delivered. */
export async function untoldOf(
  { outside }: { readonly outside: Outside | undefined },
  accepted: readonly { readonly exchangeId: string; readonly service: string }[],
  patienceMs: number,
): Promise<string[]> {
  if (outside === undefined) return [];
  const deadlineMs = performance.now() + patienceMs;
  for (;;) {
    const told = toldIn(await outside.receiver.taken());
    const untold = accepted.filter(({ exchangeId }) => !told.has(exchangeId));
    if (untold.length === 0 || performance.now() > deadlineMs) {
      return untold.map(({ exchangeId, service }) => `${exchangeId} (${service})`);
    }
    await sleep(lookAgainMs);
  }
}

function toldIn(lines: readonly string[]): ReadonlySet<string> {
  const notices = lines.map((line) => JSON.parse(line) as { exchangeId: string; state: string });
  return new Set(notices.filter(({ state }) => state === 'delivered').map(({ exchangeId }) => exchangeId));
}
