/** Places are for those with whom the gateway has work: whoever waits for a registry that hangs leaves them to others. */

import t, { type Test } from 'tap';
import type { Claim } from '../../src/exchange/ports.ts';
import type { Priority } from '../../src/exchange/types.ts';
import { createAdmission } from '../../src/overload/admission.ts';
import type { OverloadSettings } from '../../src/overload/settings.ts';
import { eventually } from '../support/eventually.ts';

const [one, other] = ['VN/GOV/G07/social-protection', 'VN/GOV/G12/tax'];

const fullService = 'VN/GOV/G01/population/get-person/v1';

function create(t: Test, changes: Partial<OverloadSettings> = {}, priority: Priority = 'interactive') {
  const admission = createAdmission({
    settings: {
      ...{ inFlightMax: 16, inFlightMin: 4, loopDelayMsMax: 10_000, loopBusyPercentMax: 100, checkIntervalMs: 10 },
      ...{
        batchPercent: 50,
        fairFromPercent: 100,
        keptPercent: 20,
        longWaitMs: 20,
        waitersPercent: 100,
        retryAfterSeconds: 1,
      },
      ...changes,
    },
    registered: (claimed) => claimed,
    priorityOf: () => priority,
    isLineFull: (service, { consumer }) => service === fullService && consumer === one,
  });
  t.teardown(() => admission.close());
  return admission;
}

const [population, judicial] = ['population', 'judicial'];

const claim = (consumer: string): Claim => ({ consumer, service: undefined, purpose: undefined, isBulk: false });

/** Takes every place there is, for exchanges that then wait for a registry, or are refused there. */
function hang(admission: ReturnType<typeof create>, registry = population): (() => void)[] {
  const ends: (() => void)[] = [];
  for (let leave = admission.enter(claim(one)); leave !== undefined; leave = admission.enter(claim(one))) {
    const answered = admission.waits.begin(one, registry);
    const leaves = leave;
    if (answered === undefined) {
      leaves();
      return ends;
    }
    ends.push(() => {
      answered();
      leaves();
    });
  }
  return ends;
}

t.test('those who have waited long take no places', async (t) => {
  const admission = create(t);
  const ends = hang(admission);
  t.equal(ends.length, 4);
  t.equal(admission.enter(claim(other)), undefined, 'they have just begun to wait');
  await eventually(() => admission.state().inFlight === 0);
  const others = Array.from({ length: 4 }, () => admission.enter(claim(other)));
  t.ok(others.every((leave) => leave !== undefined));
  t.equal(admission.state().inFlight, 4);
  for (const leave of others) leave?.();
  for (const end of ends) end();
  t.equal(admission.state().inFlight, 0);
});

t.test('nor do they count for the share of their consumer', async (t) => {
  const admission = create(t, { fairFromPercent: 1 });
  hang(admission);
  await eventually(() => admission.state().inFlight === 0);
  t.ok(admission.enter(claim(other)));
  t.ok(admission.enter(claim(one)), 'half of the places are its share');
});

t.test('the metrics tell them from those with whom the gateway has work', async (t) => {
  const admission = create(t);
  const ends = hang(admission);
  await eventually(() => admission.state().inFlight === 0);
  t.equal(admission.state().waitingLong, 4);
  for (const end of ends) end();
  t.equal(admission.state().waitingLong, 0);
});

t.test('whoever has none of them is never turned away because of them', async (t) => {
  const shipped = { inFlightMax: 1000, inFlightMin: 64, fairFromPercent: 50 };
  const admission = create(t, shipped);
  // More registries than any gateway has hung ones, so that one consumer gets to a thousand.
  for (let waiting = 0, registry = 0; waiting < 1000; registry += 1) {
    waiting += hang(admission, `registry-${registry}`).length;
    await eventually(() => admission.state().inFlight === 0);
  }
  t.ok(admission.state().waitingLong >= 1000);
  const communes = Array.from({ length: 5 }, (_, index) => admission.enter(claim(`VN/GOV/H${index}/one-stop`)));
  t.ok(communes.every((leave) => leave !== undefined));
  t.ok(admission.enter(claim(one)), 'nor is whoever has them, for what does not wait');
});

t.test('one registry is waited for by its part at most, and that changes nothing for another', async (t) => {
  const admission = create(t, { waitersPercent: 25, fairFromPercent: 100 });
  const ends = Array.from({ length: 5 }, () => admission.waits.begin(one, population));
  t.same(
    ends.map((end) => end !== undefined),
    [true, true, true, true, false],
  );
  t.equal(admission.waits.begin(other, population), undefined);
  t.ok(admission.waits.begin(one, judicial));
  ends[0]?.();
  t.ok(admission.waits.begin(other, population), 'who has gone makes room');
});

t.test(
  'of those who wait for one registry each consumer has its share, and there is one for who comes next',
  async (t) => {
    const admission = create(t, { fairFromPercent: 50 });
    const begin = (consumer: string) => admission.waits.begin(consumer, population);
    const ends = Array.from({ length: 16 }, () => begin(one)).filter((end) => end !== undefined);
    t.equal(ends.length, 8);
    const others = Array.from({ length: 16 }, () => begin(other)).filter((end) => end !== undefined);
    t.equal(others.length, 5);
    t.ok(begin('VN/GOV/G15/civil-status'));
  },
);

const shipped = { inFlightMax: 1000, inFlightMin: 64, fairFromPercent: 50, checkIntervalMs: 60_000 };

t.test('while three ministries flood a registry that hangs, communes may wait there, too', async (t) => {
  const admission = create(t, { ...shipped, waitersPercent: 40 });
  for (let ministry = 0; ministry < 3; ministry += 1) {
    while (admission.waits.begin(`VN/GOV/G${10 + ministry}/ministry`, population) !== undefined);
  }
  const communes = Array.from({ length: 5 }, (_one, index) => `VN/GOV/H${index}/one-stop`);
  for (const commune of communes) {
    t.ok(admission.waits.begin(commune, population) && admission.waits.begin(commune, population), commune);
  }
});

for (const [what, priority, floods] of [
  ['one consumer floods', 'interactive', 1],
  ['one floods in batch', 'batch', 1],
  ['two flood', 'interactive', 2],
  ['eight flood', 'interactive', 8],
] as const) {
  t.test(`while ${what} the gateway, whoever asks two at a time is let in`, async (t) => {
    const admission = create(t, shipped, priority);
    const ministries = Array.from({ length: floods }, (_one, index) => `VN/GOV/G${10 + index}/ministry`);
    const places: (() => void)[] = [];
    const flood = () => {
      for (let isFull = false; !isFull; ) {
        const got = ministries
          .map((ministry) => admission.enter(claim(ministry)))
          .filter((leave) => leave !== undefined);
        places.push(...got);
        isFull = got.length === 0;
      }
    };
    flood();
    const most = priority === 'batch' ? 125 : 250;
    t.ok(places.length >= most * 0.75, `${places.length} of ${most} places are no few`);
    let refused = 0;
    for (let round = 0; round < 100; round += 1) {
      const own = [admission.enter(claim(other)), admission.enter(claim(other))];
      flood();
      refused += own.filter((leave) => leave === undefined).length;
      for (const leave of own) leave?.();
      flood();
      places.shift()?.();
      flood();
    }
    t.equal(refused, 0);
    t.ok(admission.state().inFlight <= 250);
  });
}

t.test('several communes are let in at once', async (t) => {
  const admission = create(t, shipped);
  while (admission.enter(claim(one)) !== undefined);
  const communes = Array.from({ length: 20 }, (_one, index) => `VN/GOV/H${index}/one-stop`);
  t.ok(communes.every((commune) => admission.enter(claim(commune)) && admission.enter(claim(commune))));
});

for (const [when, loopBusyPercentMax, isTaken] of [
  ['with no time to spare', 1, false],
  ['otherwise they may have an answer that is kept', 100, true],
] as const) {
  t.test(`whoever the full line of a registry would refuse is turned away: ${when}`, async (t) => {
    const admission = create(t, { loopBusyPercentMax });
    const enters = (asked: Partial<Claim>) => {
      const leave = admission.enter({ ...claim(one), service: fullService, ...asked });
      leave?.();
      return leave !== undefined;
    };
    await eventually(() => {
      for (const endMs = performance.now() + 20; performance.now() < endMs; );
      return enters({}) === isTaken;
    });
    t.equal(enters({ consumer: other }), true, 'not another, who would be let into that line');
    t.equal(enters({ service: 'VN/GOV/G01/population/verify-identity/v1' }), true, 'nor for another registry');
    t.equal(enters({ isBulk: true }), true, 'lines of a bulk request wait in a way of their own');
  });
}
