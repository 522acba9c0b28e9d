/** Ids of exchanges are UUIDv7, ascend, and do not repeat, whatever the clock does. */

import t from 'tap';
import { createExchangeIds } from '../src/exchange-ids.ts';

const form = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const timeOf = (id: string) => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
const startMs = Date.parse('2026-03-02T09:00:00.000+07:00');

t.test('an id tells its millisecond, and is well-formed', async (t) => {
  let nowMs = startMs;
  const makeId = createExchangeIds(() => nowMs);
  for (let made = 0; made < 2000; made += 1) {
    nowMs += made % 3;
    const id = makeId();
    if (!form.test(id) || timeOf(id) !== nowMs) t.fail(`${id} at ${nowMs}`);
  }
});

t.test(
  'ids ascend within a millisecond, beyond what its counter can count, and when the clock goes back',
  async (t) => {
    let nowMs = startMs;
    const makeId = createExchangeIds(() => nowMs);
    let last = makeId();
    for (let made = 0; made < 20_000; made += 1) {
      if (made === 10_000) nowMs -= 60_000;
      const id = makeId();
      if (id <= last) t.fail(`${id} follows ${last}`);
      last = id;
    }
    t.ok(timeOf(last) - startMs <= 5, 'the time runs ahead by a millisecond for each 4,096 ids, and no further');
    nowMs = startMs + 60_000;
    t.equal(timeOf(makeId()), nowMs, 'and is the clock’s again once that has caught up');
  },
);

t.test('what is not time is random: two makers at the same time share nothing', async (t) => {
  const tails = new Set<string>();
  const variants = new Set<string>();
  for (let maker = 0; maker < 50; maker += 1) {
    const makeId = createExchangeIds(() => startMs);
    for (let made = 0; made < 200; made += 1) {
      const id = makeId();
      tails.add(id.slice(19));
      variants.add(id[19] as string);
    }
  }
  t.equal(tails.size, 10_000);
  t.same([...variants].sort(), ['8', '9', 'a', 'b']);
});
