/** Sends bulk requests one after the other for a while, and counts the messages that were answered. */

import { sendBulkRequest } from './bulk-request.ts';
import { busyPercent, type LoadPlan } from './generate-load.ts';

export interface BulkPlan extends LoadPlan {
  /** Of each request. */
  readonly lines: number;
}

export interface BulkResult {
  readonly messages: number;
  readonly seconds: number;
  readonly generatorBusyPercent: number;
}

/** Throws Error where one line is not answered with 200. */
export async function generateBulk({ url, headers, bodies, lines, seconds: wanted }: BulkPlan): Promise<BulkResult> {
  const line = (number: number) => `{"id":"bench-${number}","message":${bodies[number % bodies.length]}}`;
  const cpuBefore = process.cpuUsage();
  const startMs = performance.now();
  let messages = 0;
  for (const endMs = startMs + wanted * 1000; performance.now() < endMs; messages += lines) {
    await sendBulkRequest({ url, headers, lines, line, status: 200 });
  }
  const seconds = (performance.now() - startMs) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { messages, seconds, generatorBusyPercent: busyPercent(user + system, seconds) };
}
