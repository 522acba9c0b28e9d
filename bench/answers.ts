/** Single requests beside a load: a first answer, each answer once, and what a server tells of itself. */

import type { LoadPlan } from './generate-load.ts';

export interface Asked {
  readonly name: string;
  readonly plan: Pick<LoadPlan, 'url' | 'headers' | 'bodies' | 'answerStart'>;
}

/** Asks about the last person, whom a load comes to last: the answer may be kept until then. Throws Error where it is wrong. */
export async function answerOf({ name, plan }: Asked, body = plan.bodies.at(-1) ?? ''): Promise<string> {
  const answer = await textOf(plan.url, { method: 'POST', headers: plan.headers, body });
  if (!answer.startsWith(plan.answerStart)) throw new Error(`${name}: the first answer is ${answer}`);
  return answer;
}

const askersMax = 8;

/** So that every answer is kept where it is to be answered from. */
export async function askEach(server: Asked): Promise<void> {
  const left = server.plan.bodies.values();
  const asker = async () => {
    for (const body of left) await answerOf(server, body);
  };
  await Promise.all(Array.from({ length: askersMax }, asker));
}

/** Throws Error where the status is not 2xx. */
export async function textOf(url: string, request?: RequestInit): Promise<string> {
  const response = await fetch(url, request);
  const text = await response.text();
  if (!response.ok) throw new Error(`status ${response.status}: ${text}`);
  return text;
}
