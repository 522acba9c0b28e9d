/** An exchange is found by its id, wherever it stands and however long it took, with few reads; what is not there is not found. */

import t from 'tap';
import { type FindSetup, findExchange } from '../../src/exchange-log/find.ts';
import { createRandom } from '../support/random-fixture.ts';

const startMs = Date.UTC(2026, 0, 1);
const arrivalMsMax = 120_000;
const clockStepMs = 5000;

/** Time and a running number, in the form of a UUIDv7. */
const idOf = (ms: number, number: number) => {
  const hex = ms.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${number.toString(16).padStart(12, '0')}`;
};

interface Made {
  readonly id: string;
  readonly time: string;
  readonly durationMs: number;
}

/** In the order in which they end; the clock is as `clockMs` says, and some take very long. */
function exchanges(count: number, clockMs: (realMs: number) => number): Made[] {
  const random = createRandom(1);
  const made = Array.from({ length: count }, (_one, number) => {
    const beganMs = number * 40;
    const tookMs = number % 97 === 0 ? random.below(arrivalMsMax) : random.below(50);
    return { number, beganMs, endedMs: beganMs + tookMs };
  }).sort((a, b) => a.endedMs - b.endedMs);
  return made.map(({ number, beganMs, endedMs }) => {
    const from = startMs + clockMs(beganMs);
    const durationMs = Math.max(0, startMs + clockMs(endedMs) - from);
    return { id: idOf(from, number), time: new Date(from).toISOString(), durationMs };
  });
}

const printed = (made: readonly Made[]) => made.map((one) => Buffer.from(JSON.stringify(one)));

function setupOf(entries: readonly Buffer[], size: number): FindSetup & { reads: number } {
  const setup = {
    reads: 0,
    size,
    arrivalMsMax,
    clockStepMs,
    lateAt: () => undefined,
    bundle: async (index: number) => {
      setup.reads += 1;
      return entries.slice(index * 256, Math.min(size, (index + 1) * 256));
    },
  };
  return setup;
}

const clocks = {
  'a steady clock': (realMs: number) => realMs,
  'a clock that was set back, and forward': (realMs: number) =>
    realMs - (realMs > 300_000 ? 2400 : 0) - (realMs > 500_000 ? 2400 : 0) + (realMs > 700_000 ? 4000 : 0),
};

for (const [title, clock] of Object.entries(clocks)) {
  t.test(title, async (t) => {
    const made = exchanges(30_000, clock);
    const entries = printed(made);
    const wrong: number[] = [];
    let readsMax = 0;
    for (let index = 0; index < made.length; index += index % 97 === 0 ? 1 : 96) {
      const setup = setupOf(entries, made.length - (index % 3));
      const { id } = made[index] as Made;
      const found = await findExchange(id, setup);
      if (found === undefined ? index < setup.size : found.index !== index) wrong.push(index);
      readsMax = Math.max(readsMax, setup.reads);
    }
    t.same(wrong, []);
    t.ok(readsMax < 30, `${readsMax} bundles of ${Math.ceil(made.length / 256)} at most`);
  });
}

t.test('what is not in the log', async (t) => {
  const entries = printed(exchanges(30_000, (realMs) => realMs));
  for (const ms of [startMs - 3_600_000, startMs + 100_000, startMs + 600_000, startMs + 3_600_000]) {
    const setup = setupOf(entries, entries.length);
    t.equal(await findExchange(idOf(ms, 0xffff), setup), undefined);
    t.ok(setup.reads < 30, `${setup.reads} bundles`);
  }
  t.equal(await findExchange(idOf(startMs, 1), setupOf([], 0)), undefined, 'an empty log');
});
