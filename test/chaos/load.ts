/** A mixed load at fixed moments, whatever becomes of what was sent before: questions to three registries, and pushes that are sent again under their name until they are accepted. */

import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '../support/random-fixture.ts';
import { consumerOf } from './agreements.ts';
import type { ChaosPlace } from './place.ts';
import type { Push, Pushes } from './pushes.ts';
import { faultOf, type Questions } from './questions.ts';
import type { Residents } from './residents.ts';
import { type Group, groups, noAnswer, type Sample } from './tally.ts';
import { startWatch } from './watch.ts';

export interface Accepted extends Push {
  readonly exchangeId: string;
}

export interface Load {
  /** In the order of the answers. */
  readonly samples: readonly Sample[];
  readonly accepted: readonly Accepted[];
  /** Sends nothing new; resolves when everything has its answer and every push is accepted, or `patienceMs` are over. */
  stop(patienceMs: number): Promise<void>;
  /** Pushes that were not accepted, ever. */
  unaccepted(): number;
}

export interface LoadSetup {
  readonly place: ChaosPlace;
  readonly questions: Questions;
  readonly pushes: Pushes;
  /** Asked about as well, and moved. */
  readonly residents?: Residents;
  readonly seed: number;
  readonly perSecond: number;
}

/** One of so many is a push, the others are questions to each registry in turn. */
const pushShare = 0.1;
/** Of the questions to the population registry. */
const residentShare = 0.6;
const tickMs = 10;
const answerMsMax = 10_000;
const againMs = 500;
const againMsMax = 8000;

export function startLoad({ place, questions, pushes, residents, seed, perSecond }: LoadSetup): Load {
  const random = createRandom(seed);
  const registries = groups.filter((group) => group !== 'pushes');
  const samples: Sample[] = [];
  const accepted: Accepted[] = [];
  const underWay = new Set<Promise<void>>();
  const watch = startWatch<Accepted & { readonly line: string }>(place, ({ line }, toldMs) =>
    residents?.moved(line, toldMs),
  );
  let open = 0;
  let isOver = false;
  let hasGivenUp = false;

  async function send(group: Group, service: string, message: object, name?: string) {
    const sentMs = performance.now();
    const reply = await request(place, service, message, name);
    return { group, sentMs, answeredMs: performance.now(), ...reply };
  }

  async function ask(registry: (typeof registries)[number]): Promise<void> {
    const about = registry === 'population' && random.chance(residentShare) ? residents : undefined;
    const question = about?.next(random) ?? questions.next(registry, random);
    const { body, ...sample } = await send(registry, question.service, question.message);
    const { sentMs, status } = sample;
    const faultAt = (reply: number) =>
      about === undefined ? faultOf(question, reply, body) : about.faultOf(question, sentMs, reply, body);
    const wrong = status === undefined ? undefined : faultAt(status);
    samples.push({ ...sample, ...(wrong === undefined ? {} : { wrong: `${question.service}: ${wrong}` }) });
  }

  async function push(): Promise<void> {
    const one = pushes.next(random, residents);
    open += 1;
    for (let waitMs = againMs; !hasGivenUp; waitMs = Math.min(waitMs * 2, againMsMax)) {
      const { body, ...sample } = await send('pushes', one.service, one.message, one.name);
      samples.push(body.includes(one.pin) ? { ...sample, wrong: `${one.service}: names the person` } : sample);
      if (sample.status === 202 && sample.exchangeId !== undefined) {
        const taken = { ...one, exchangeId: sample.exchangeId };
        accepted.push(taken);
        if (one.line !== undefined) watch.add({ ...taken, line: one.line });
        open -= 1;
        return;
      }
      await sleep(waitMs);
    }
  }

  async function run(): Promise<void> {
    const startedMs = performance.now();
    for (let sent = 0; !isOver; await sleep(tickMs)) {
      for (const due = ((performance.now() - startedMs) / 1000) * perSecond; sent < due; sent += 1) {
        const one = (random.chance(pushShare) ? push() : ask(random.pick(registries))).finally(() => {
          underWay.delete(one);
        });
        underWay.add(one);
      }
    }
  }

  const running = run();
  return {
    samples,
    accepted,
    unaccepted: () => open,
    async stop(patienceMs) {
      isOver = true;
      await running;
      await Promise.race([Promise.all(underWay), sleep(patienceMs, undefined, { ref: false })]);
      hasGivenUp = true;
      await Promise.all(underWay);
      await watch.stop();
    },
  };
}

type Reply = Pick<Sample, 'outcome' | 'isFresh' | 'status' | 'exchangeId'> & { readonly body: string };

async function request({ url, token }: ChaosPlace, service: string, message: object, name?: string): Promise<Reply> {
  const consumer = consumerOf(service);
  try {
    const response = await fetch(`${url}/r1/${service}/v1`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-road-client': consumer,
        'x-road-userid': 'official-1',
        authorization: `Bearer ${await token(consumer)}`,
        ...(name === undefined ? {} : { 'x-road-id': name }),
      },
      body: JSON.stringify(message),
      signal: AbortSignal.timeout(answerMsMax),
    });
    const body = await response.text();
    const exchangeId = response.headers.get('exchange-id') ?? undefined;
    const kept = response.headers.get('cache-status') ?? 'fwd=miss';
    return {
      status: response.status,
      outcome: outcomeOf(response.status, kept, body),
      isFresh: response.ok && kept.includes('fwd=') && !kept.includes('stale-if-error'),
      ...(exchangeId === undefined ? {} : { exchangeId }),
      body,
    };
  } catch {
    // Whatever keeps an answer from coming: the caller knows nothing.
    return { outcome: noAnswer, isFresh: false, body: '' };
  }
}

function outcomeOf(status: number, kept: string, body: string): string {
  if (status < 400) return kept.includes('stale-if-error') ? 'stale' : 'ok';
  return /"code":"([\w-]+)"/.exec(body)?.[1] ?? `status ${status}`;
}
