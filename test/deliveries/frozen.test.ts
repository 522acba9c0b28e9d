/** A gateway that hangs in the middle of a transaction, without a word to anybody: the others go on after its lease, and when it wakes, nothing is lost or done twice. */

import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { createPushPlace, type PushGateway, until } from '../support/push-place.ts';
import { residenceService } from '../support/residence-change.ts';
import { runSql } from '../support/state-fixture.ts';

t.setTimeout(120_000);

const leaseSeconds = 3;
const sweepMs = 500;
const idleTransactionMs = 1000;
/** Of a push at a gateway that has nothing to wait for, on a busy machine. */
const usualMsMax = 1500;
const pins = ['099190000001', '099088000002', '099093495950'] as const;

/** Somebody is told of what is delivered. */
const agreements = [
  {
    id: 'told',
    consumer: 'VN/GOV/G12/tax',
    service: residenceService,
    event: 'residence-changed',
    purposes: ['test'],
    legalBasis: 'Test decree',
    fields: ['message.pin'],
    validFrom: '2020-01-01',
    validUntil: '2999-12-31',
  },
];

const place = await createPushPlace(t);
const settings = { state: { idleTransactionMs } };
const frozen = await place.gateway({ origin: 'test.example/frozen', settings, agreements });
await frozen.start();
const deliveries = { keyFile: `${frozen.data}/keys/delivery.key` };
const other = await place.gateway({ origin: 'test.example/other', settings, deliveries, agreements });
await other.start();

const unsettled = async () =>
  Number((await runSql(place.stateUrl, 'SELECT count(*) AS n FROM deliveries WHERE final_ms IS NULL'))[0]?.n);
const unnumbered = async () =>
  Number((await runSql(place.stateUrl, 'SELECT count(*) AS n FROM announcements WHERE seq IS NULL'))[0]?.n);
const none = (count: number) => count === 0;
const named = (name: string) => ({ 'x-road-id': encodeURIComponent(name) });

async function timed(gateway: PushGateway, pin: string, line: string, name = line) {
  const startedMs = performance.now();
  const reply = await gateway.push(pin, line, named(name));
  return { reply, ms: performance.now() - startedMs };
}

/** Until the moment, `frozen` alone is there and is pushed to; then it hangs, until the work is done. */
async function whileFrozenAt(
  t: Test,
  line: string,
  reached: () => Promise<void>,
  work: () => Promise<void>,
): Promise<void> {
  other.pause();
  const moment = reached();
  const pushing = frozen.push(pins[0], line, named(line)).catch(() => undefined);
  await moment;
  frozen.pause();
  other.resume();
  try {
    await work();
  } finally {
    frozen.resume();
  }
  const reply = await pushing;
  t.ok(reply === undefined || [202, 503].includes(reply.status), 'no other answer than these');
  t.equal((await frozen.push(pins[0], line, named(line))).status, 202, 'it serves again');
  t.equal(await until(unsettled, none), 0);
  t.equal(await until(unnumbered, none), 0);
  const effects = (await place.effects()).filter((effect) => effect.startsWith(line));
  t.same([...new Set(effects)], effects, 'nothing took effect twice');
  t.ok(effects.includes(line));
}

t.test('while it takes pushes in hand: they are taken over', (t) =>
  whileFrozenAt(
    t,
    'nhận',
    () => place.stateProxy.keepAnswerTo('lienthong claim'),
    async () => {
      const { reply, ms } = await timed(other, pins[1], 'nhận khác');
      t.equal(reply.status, 202);
      t.ok(ms < usualMsMax, `${ms} ms`);
      const startedMs = Date.now();
      t.equal(await until(unsettled, none), 0);
      t.ok(Date.now() - startedMs < leaseSeconds * 1000 + 2 * sweepMs + 2 * usualMsMax);
      t.ok((await place.effects()).includes('nhận'));
    },
  ),
);

t.test('while it numbers events: the others number theirs', (t) =>
  whileFrozenAt(
    t,
    'đánh số',
    () => place.stateProxy.keepAnswerTo('announcement_numbers FOR UPDATE'),
    async () => {
      t.equal((await timed(other, pins[1], 'đánh số khác')).reply.status, 202);
      t.equal(await until(unsettled, none), 0);
      t.equal(await until(unnumbered, none, idleTransactionMs + usualMsMax), 0);
    },
  ),
);

t.test('while it keeps a push: whoever sends that again is told to wait, and nobody else has to', (t) => {
  const line = 'giữ';
  return whileFrozenAt(
    t,
    line,
    () => place.stateProxy.keepAnswerTo('lienthong insert'),
    async () => {
      const startedMs = performance.now();
      const [again, ...others] = await Promise.all([
        timed(other, pins[0], line),
        ...Array.from({ length: 5 }, (_, n) => timed(other, pins[1], `${line} ${n}`)),
      ]);
      for (const { reply } of others) t.equal(reply.status, 202);
      t.match(again?.reply, { status: 503, body: { type: /delivery-unavailable/ } });
      t.ok(Number(again?.reply.headers.get('retry-after')) > 0);
      t.ok(performance.now() - startedMs < idleTransactionMs, 'before the frozen one has lost its locks');
      await sleep(idleTransactionMs);
      t.equal((await timed(other, pins[0], line)).reply.status, 202, 'then the name is free');
      t.equal(await until(unsettled, none), 0);
    },
  );
});

t.test('while it does what came of a delivery: that comes to its end elsewhere', (t) =>
  whileFrozenAt(
    t,
    'kết quả',
    () => place.stateProxy.keepAnswerTo('"delivered"'),
    async () => {
      t.equal(await until(unsettled, none), 0);
      t.equal(await until(unnumbered, none), 0);
    },
  ),
);
