/** One question to the gateway of a place, what is wrong with the reply, and how long it took. */

import { consumerOf } from './agreements.ts';
import type { ChaosPlace } from './place.ts';
import { faultOf, type Question } from './questions.ts';

export interface Asking {
  readonly status: number;
  /** `ok`, or the problem's code. */
  readonly outcome: string;
  readonly wrong: string | undefined;
  /** RFC 9211; none where the answer does not come by way of the cache. */
  readonly cacheStatus: string;
  readonly ms: number;
}

export async function askPlace(place: Pick<ChaosPlace, 'url' | 'token'>, question: Question): Promise<Asking> {
  const token = await place.token(consumerOf(question.service));
  const startedMs = performance.now();
  const response = await fetch(`${place.url}/r1/${question.service}/v1`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-road-client': consumerOf(question.service),
      'x-road-userid': 'official-1',
      authorization: `Bearer ${token}`,
    },
    body: JSON.stringify(question.message),
  });
  const body = await response.text();
  const wrong = faultOf(question, response.status, body);
  const outcome = response.ok ? 'ok' : String((JSON.parse(body) as { code: string }).code);
  const cacheStatus = response.headers.get('cache-status') ?? '';
  return { status: response.status, outcome, wrong, cacheStatus, ms: performance.now() - startedMs };
}

/** States of the circuits of a registry's queries. */
export async function circuitsOf(place: Pick<ChaosPlace, 'url' | 'token'>, registry: string): Promise<string[]> {
  const headers = { authorization: `Bearer ${await place.token('operator-1', 'operator')}` };
  const response = await fetch(`${place.url}/v1/admin/registries`, { headers });
  const { registries } = (await response.json()) as {
    registries: { name: string; processes: { circuits: Record<string, string> }[] }[];
  };
  const found = registries.find(({ name }) => name === registry);
  return Object.values(found?.processes[0]?.circuits ?? {});
}
