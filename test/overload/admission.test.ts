/** Places are for those with whom the gateway has work: whoever waits for a registry that hangs leaves them to others. */

import t, { type Test } from 'tap';
import type { Claim } from '../../src/exchange/ports.ts';
import { createAdmission } from '../../src/overload/admission.ts';
import type { OverloadSettings } from '../../src/overload/settings.ts';
import { eventually } from '../support/eventually.ts';

const [one, other] = ['VN/GOV/G07/social-protection', 'VN/GOV/G12/tax'];

function create(t: Test, changes: Partial<OverloadSettings> = {}) {
  const admission = createAdmission({
    settings: {
      ...{ inFlightMax: 16, inFlightMin: 4, loopDelayMsMax: 10_000, checkIntervalMs: 10 },
      ...{ batchPercent: 50, fairFromPercent: 100, longWaitMs: 20, retryAfterSeconds: 1 },
      ...changes,
    },
    registered: (claimed) => claimed,
    priorityOf: () => 'interactive',
  });
  t.teardown(() => admission.close());
  return admission;
}

const claim = (consumer: string): Claim => ({ consumer, service: undefined, purpose: undefined, isBulk: false });

/** Takes every place there is, for exchanges that then wait for a registry. */
function hang(admission: ReturnType<typeof create>): (() => void)[] {
  const ends: (() => void)[] = [];
  for (let leave = admission.enter(claim(one)); leave !== undefined; leave = admission.enter(claim(one))) {
    const answered = admission.waits.begin(one);
    const leaves = leave;
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

t.test('however many wait, no more than inFlightMax are under way', async (t) => {
  const admission = create(t);
  let underWay = 0;
  while (underWay < 16) {
    underWay += hang(admission).length;
    await eventually(() => admission.state().inFlight === 0);
  }
  t.equal(underWay, 16);
  t.equal(admission.enter(claim(other)), undefined);
});
