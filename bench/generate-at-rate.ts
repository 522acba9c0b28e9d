/** Sends requests at fixed moments, however the answers come: a time is counted from the moment a request was due, so that one that had to wait is not made to look fast. */

import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { busyPercent, type LoadPlan, type LoadResult } from './generate-load.ts';
import { percentile } from './statistics.ts';

export interface RatePlan extends LoadPlan {
  readonly requestsPerSecond: number;
}

/** Without an answer at once; beyond them no more are sent: the server does not keep up, and the times say so. */
const openMax = 2000;
const answerTimeoutMs = 10_000;

/** Throws Error where an answer was not 2xx, not as planned, late or missing. */
export async function generateAtRate(plan: RatePlan): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: plan.connections, scheduling: 'fifo' });
  const cpuBefore = process.cpuUsage();
  const total = Math.floor(plan.requestsPerSecond * plan.seconds);
  const durationsMs: number[] = [];
  const startMs = performance.now();
  let open = 0;
  let failure: Error | undefined;
  try {
    for (let sent = 0; sent < total && open < openMax && failure === undefined; ) {
      const due = Math.min(total, Math.ceil(((performance.now() - startMs) / 1000) * plan.requestsPerSecond));
      for (; sent < due; sent += 1) {
        const dueMs = startMs + (sent / plan.requestsPerSecond) * 1000;
        open += 1;
        const done = (error?: Error) => {
          open -= 1;
          failure ??= error;
          durationsMs.push(performance.now() - dueMs);
        };
        post(plan, agent, plan.bodies[sent % plan.bodies.length] as string).then(() => done(), done);
      }
      await sleep(1);
    }
    while (open > 0 && failure === undefined) await sleep(1);
    if (failure !== undefined) throw failure;
  } finally {
    agent.destroy();
  }
  if (durationsMs.length < 2) throw new Error(`no more than ${durationsMs.length} answers in ${plan.seconds} s`);
  const seconds = (performance.now() - startMs) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  durationsMs.sort((a, b) => a - b);
  return {
    requests: durationsMs.length,
    seconds,
    requestsPerSecond: durationsMs.length / seconds,
    p50Ms: percentile(durationsMs, 50),
    p99Ms: percentile(durationsMs, 99),
    generatorBusyPercent: busyPercent(user + system, seconds),
  };
}

function post({ url, headers, answerStart }: LoadPlan, agent: Agent, body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers, agent, timeout: answerTimeoutMs }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.once('error', reject);
      response.once('end', () => {
        const { statusCode = 0 } = response;
        if (statusCode >= 200 && statusCode <= 299 && text.startsWith(answerStart)) resolve();
        else reject(new Error(`wrong answer: status ${statusCode}`));
      });
    });
    sent.once('error', reject);
    sent.once('timeout', () => sent.destroy(new Error(`no answer in ${answerTimeoutMs} ms`)));
    sent.end(body);
  });
}
