/** Senders that do as they are told to: each sends one message after the other about its person, again and again until it is acknowledged. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { PushGateway } from './push-place.ts';
import type { Random } from './random-fixture.ts';

export interface Acknowledged {
  readonly pin: string;
  readonly line: string;
  readonly exchangeId: string;
  /** In which the acknowledgement came. */
  readonly round: number;
}

export interface Senders {
  /** Of each person in the order in which they came. */
  readonly acknowledged: readonly Acknowledged[];
  /** What an answer should not have been. */
  readonly faults: readonly string[];
  /** Resolves when the message that each is at has been acknowledged. */
  stop(): Promise<void>;
}

export interface SendersSetup {
  readonly gateway: PushGateway;
  readonly pins: readonly string[];
  readonly random: Random;
  readonly round: () => number;
}

const pauseMs = 10;
const attemptMsMax = 10_000;

export function startSenders({ gateway, pins, random, round }: SendersSetup): Senders {
  const acknowledged: Acknowledged[] = [];
  const faults: string[] = [];
  let isOver = false;

  /** Whatever keeps an answer from coming, the sender knows nothing and asks again. */
  async function attempt(pin: string, line: string): Promise<string | undefined> {
    const sending = gateway.push(pin, line, { 'x-road-id': `${pin}/${line.replaceAll(' ', '-')}` });
    const late = sleep(attemptMsMax, undefined, { ref: false });
    const reply = await Promise.race([sending.catch(() => undefined), late]);
    if (reply?.status === 202) return reply.body.exchangeId;
    if (reply !== undefined && reply.status !== 503) faults.push(`${pin} ${line}, round ${round()}: ${reply.status}`);
    await sleep(pauseMs);
    return undefined;
  }

  async function send(pin: string, line: string): Promise<void> {
    for (;;) {
      // Now and then at once under the same name, as impatient programs do.
      const copies = random.chance(0.1) ? 2 : 1;
      const ids = await Promise.all(Array.from({ length: copies }, () => attempt(pin, line)));
      const known = [...new Set(ids.filter((id) => id !== undefined))];
      if (known.length > 1) faults.push(`${pin} ${line}, round ${round()}: one name, several exchanges ${known}`);
      const [exchangeId] = known;
      if (exchangeId === undefined) continue;
      acknowledged.push({ pin, line, exchangeId, round: round() });
      return;
    }
  }

  const sending = pins.map(async (pin) => {
    for (let number = 0; !isOver; number += 1) await send(pin, `so ${number}`);
  });
  return {
    acknowledged,
    faults,
    async stop() {
      isOver = true;
      await Promise.all(sending);
    },
  };
}
