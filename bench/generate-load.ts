/** Sends as many requests as a bounded number of connections can, and takes every answer's time; one wrong answer is a failure. */

import autocannon from 'autocannon';
import { percentile } from './statistics.ts';

export interface LoadPlan {
  /** Address that is posted to. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Messages: each connection goes round a share of its own, or all send the only one. */
  readonly bodies: readonly string[];
  /** What every right answer begins with. */
  readonly answerStart: string;
  readonly connections: number;
  readonly seconds: number;
  /** Each message is given a name of its own, which begins so. */
  readonly namesStart?: string;
  /** Requests a second, evenly, whatever the answers take; as many as the connections can where absent. */
  readonly rate?: number;
}

export interface LoadResult {
  readonly requests: number;
  /** From the first answer to the last. */
  readonly seconds: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU time of this process in that time, percent of one core: near 100, the generator was the limit. */
  readonly generatorBusyPercent: number;
}

const answerTimeoutSeconds = 10;
/** How often autocannon looks whether its time is over. */
const checkMs = 20;

/** Throws Error where an answer was not 2xx, not as planned, late or missing, and where there were not even two. */
export async function generateLoad(plan: LoadPlan): Promise<LoadResult> {
  // Taken here and not from autocannon, whose histogram knows whole milliseconds only.
  const durationsMs: number[] = [];
  let firstMs = 0;
  let lastMs = 0;
  const cpuBefore = process.cpuUsage();
  const shares = sharesOf(plan.bodies, plan.connections);
  const named = plan.namesStart === undefined ? {} : { setupRequest: nameEach(plan.namesStart) };
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const instance = autocannon(
      {
        url: plan.url,
        method: 'POST',
        headers: plan.headers,
        connections: plan.connections,
        duration: plan.seconds,
        timeout: answerTimeoutSeconds,
        sampleInt: checkMs,
        bailout: 1,
        ...(plan.rate === undefined ? {} : { overallRate: plan.rate }),
        verifyBody: (answer) => String(answer).startsWith(plan.answerStart),
        setupClient: (client) => client.setRequests(shares.next().value.map((body) => ({ body, ...named }))),
      },
      (error: unknown, done) => (error ? reject(error) : resolve(done)),
    );
    instance.on('response', (_client, status, _bytes, durationMs) => {
      if (status < 200 || status > 299) instance.stop();
      lastMs = performance.now();
      if (durationsMs.length === 0) firstMs = lastMs;
      durationsMs.push(durationMs);
    });
  });
  demandNoFault(result);
  // A rate needs a time between two of them.
  if (durationsMs.length < 2) throw new Error(`no more than ${durationsMs.length} answers in ${plan.seconds} s`);
  const { user, system } = process.cpuUsage(cpuBefore);
  const seconds = (lastMs - firstMs) / 1000;
  durationsMs.sort((a, b) => a - b);
  return {
    requests: durationsMs.length,
    seconds,
    requestsPerSecond: (durationsMs.length - 1) / seconds,
    p50Ms: percentile(durationsMs, 50),
    p99Ms: percentile(durationsMs, 99),
    generatorBusyPercent: busyPercent(user + system, seconds),
  };
}

/** Gives each request a message name that no other one has. */
function nameEach(start: string) {
  let count = 0;
  return (request: autocannon.Request): autocannon.Request => {
    count += 1;
    return { ...request, headers: { ...request.headers, 'x-road-id': `${start}-${count}` } };
  };
}

/** CPU microseconds in a time, as percent of one core; rounding at the edges may not make it more. */
export function busyPercent(cpuMicros: number, seconds: number): number {
  return Math.min(100, cpuMicros / seconds / 10_000);
}

/**
 * Apart from one another: connections that asked about the same person at the same moment would share one call to the
 * registry.
 */
function* sharesOf(bodies: readonly string[], connections: number): Generator<readonly string[], never> {
  for (let connection = 0; ; connection += 1) {
    const share = bodies.filter((_body, index) => index % connections === connection % connections);
    yield share.length > 0 ? share : bodies;
  }
}

function demandNoFault({ non2xx, errors, timeouts, mismatches, statusCodeStats = {} }: autocannon.Result): void {
  if (non2xx + errors + timeouts + mismatches === 0) return;
  const statuses = Object.entries(statusCodeStats).map(([status, { count = 0 }]) => `${count} × ${status}`);
  throw new Error(
    `wrong answers: ${statuses.join(', ')}; ${errors} failed connections, ${timeouts} time-outs, ${mismatches} unexpected bodies`,
  );
}
