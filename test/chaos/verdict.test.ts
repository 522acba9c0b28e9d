/** A chaos run notices what it is there to notice. */

import t from 'tap';
import { createRandom } from '../support/random-fixture.ts';
import { residenceChange } from '../support/residence-change.ts';
import type { Recorded } from './afterwards.ts';
import { parseArguments, UsageError } from './arguments.ts';
import type { Phase } from './faults.ts';
import { fullBound, type LatencyBound, quickBound, slowedOthers } from './neighbours.ts';
import { faultOf, type Question } from './questions.ts';
import { createResidents } from './residents.ts';
import { freshInARow, groups, p99Ms, type Sample } from './tally.ts';
import { type Charge, chargesOf, type Evidence } from './verdict.ts';

const calm: Phase = { name: 'calm', concerns: [], startMs: 0, downUntilMs: 100, endMs: 100, isGateway: false };
const broken: Phase = {
  ...{ name: 'population killed', subject: 'population', concerns: ['population'], isGateway: false },
  ...{ startMs: 100, downUntilMs: 190, endMs: 200, recoveredMs: 10 },
};
const ended: Phase = {
  ...{ ...broken, name: 'gateway killed', subject: 'gateway', concerns: groups },
  ...{ startMs: 200, downUntilMs: 290, endMs: 300, isGateway: true },
};

const sample = (changes: Partial<Sample> = {}): Sample => ({
  ...{ group: 'judicial', sentMs: 150, answeredMs: 160, outcome: 'ok', isFresh: true, status: 200, exchangeId: 'a' },
  ...changes,
});

/** The ids that come twice are doubled. */
function logOf(...entries: readonly (readonly [string, number])[]): Recorded {
  const ids = entries.map(([id]) => id);
  return { statuses: new Map(entries), doubled: ids.filter((id, at) => ids.indexOf(id) !== at) };
}

/** Names of what is charged. */
function charged(changes: Partial<Evidence> & { readonly samples: readonly Sample[] }): string[] {
  const bound = { share: 0.99, factor: 2, floorMs: 20, deviations: 3 };
  const nothing = { phases: [calm, broken, ended], pushes: { lost: [], doubled: [] }, untold: [], bound };
  return chargesOf({ ...nothing, recorded: logOf(['a', 200]), ...changes })
    .filter(({ count }: Charge) => count > 0)
    .map(({ name }) => name);
}

const refused = { outcome: 'circuit-open', status: 503, isFresh: false } as const;
const recorded = logOf(['a', 503]);

t.test('a run in which everything was right is charged with nothing', async (t) => {
  t.same(charged({ samples: [sample()] }), []);
});

t.test('an answer that is wrong, or not in the log as it was given, is charged', async (t) => {
  t.same(charged({ samples: [sample({ wrong: 'another person' })] }), ['wrong answers']);
  t.same(charged({ samples: [sample()], recorded: logOf() }), ['unrecorded']);
  t.same(charged({ samples: [sample()], recorded: logOf(['a', 503]) }), ['unrecorded']);
  const { exchangeId: _none, ...nameless } = sample();
  t.same(charged({ samples: [nameless], recorded: logOf() }), ['unrecorded']);
});

t.test('a refusal is charged unless something is broken that the request needs', async (t) => {
  t.same(charged({ samples: [sample(refused)], recorded }), ['others troubled']);
  t.same(charged({ samples: [sample({ ...refused, group: 'population' })], recorded }), []);
  t.same(charged({ samples: [sample({ ...refused, group: 'population', sentMs: 50, answeredMs: 60 })], recorded }), [
    'others troubled',
  ]);
});

t.test('no answer is charged unless the gateway itself is down', async (t) => {
  const { status: _status, exchangeId: _id, ...nothing } = sample({ outcome: 'no-answer', group: 'population' });
  t.same(charged({ samples: [nothing], recorded: logOf() }), ['without an answer']);
  t.same(charged({ samples: [{ ...nothing, sentMs: 199, answeredMs: 201 }] }), [], 'it may be in the log');
});

t.test('a lost push and a dependency that does not come back are charged', async (t) => {
  t.same(charged({ samples: [], recorded: logOf(), pushes: { lost: ['one'], doubled: [] } }), ['lost pushes']);
  t.same(charged({ samples: [], recorded: logOf(), untold: ['one'] }), ['untold deliveries']);
  t.same(charged({ samples: [], recorded: logOf(), phases: [{ ...broken, fault: 'never' }] }), ['not recovered']);
});

t.test('an old answer is charged where nothing is broken that the question needs', async (t) => {
  t.same(charged({ samples: [sample({ outcome: 'stale' })] }), ['others troubled']);
  t.same(charged({ samples: [sample({ outcome: 'stale', group: 'population' })] }), []);
});

t.test('what is recorded or takes effect twice is charged, and what nobody asked', async (t) => {
  t.same(charged({ samples: [sample()], recorded: logOf(['a', 200], ['a', 200]) }), ['double records']);
  t.same(charged({ samples: [sample()], recorded: logOf(['a', 200], ['b', 200]) }), ['double records']);
  t.same(charged({ samples: [sample()], pushes: { lost: [], doubled: ['one'] } }), ['double records']);
});

t.test('others are slow where they take more than twice what they take in calm, and than the floor', async (t) => {
  const usual = sample({ sentMs: 10, answeredMs: 30 });
  const during = (ms: number) => charged({ samples: [usual, sample({ sentMs: 120, answeredMs: 120 + ms })] });
  t.same(during(40), []);
  t.same(during(41), ['others slowed']);
  t.same(during(5000), ['others slowed'], 'also if it is answered only when the fault is over');
  const quick = sample({ sentMs: 10, answeredMs: 12 });
  t.same(charged({ samples: [quick, sample({ sentMs: 120, answeredMs: 139 })] }), []);
  const its = sample({ group: 'population', sentMs: 120, answeredMs: 180 });
  t.same(charged({ samples: [usual, its] }), [], 'not where it needs what is broken');
});

t.test('a hundredth may be slow, and chance more of few, but no more; of a short run a tenth', async (t) => {
  const usual = Array.from({ length: 400 }, () => sample({ sentMs: 10, answeredMs: 12 }));
  const found = (count: number, slow: number, bound: LatencyBound) => {
    const during = Array.from({ length: count }, (_one, at) => {
      const ms = at < slow ? bound.floorMs + 1 : bound.floorMs;
      return sample({ sentMs: 101, answeredMs: 101 + ms });
    });
    const phases = [{ ...calm }, { ...broken, downUntilMs: 1000, endMs: 1000 }];
    return slowedOthers(phases, [...usual, ...during], bound).length;
  };
  t.same([found(800, 8, fullBound), found(800, 16, fullBound), found(800, 17, fullBound)], [0, 0, 1]);
  t.same([found(120, 12, quickBound), found(120, 13, quickBound)], [0, 1]);
  t.match(
    { full: fullBound, quick: quickBound },
    { full: { share: 0.99, factor: 2, floorMs: 100 }, quick: { floorMs: 100 } },
  );
});

t.test('while a push is under way the old and the new answer are right, afterwards only the new one', async (t) => {
  const residence = { permanent: { line: 'a' } };
  const expected = { found: true, person: { pin: '099190000001', residence } };
  const question: Question = { service: 's', registry: 'population', message: { pin: '099190000001' }, expected };
  const residents = createResidents([question]);
  const random = createRandom(1);
  const bodyAt = (line?: string) => {
    const temporary = line === undefined ? {} : { temporary: residenceChange('099190000001', line).residence.address };
    return JSON.stringify({ found: true, person: { pin: '099190000001', residence: { ...residence, ...temporary } } });
  };
  const fault = (sentMs: number, line?: string) => residents.faultOf(question, sentMs, 200, bodyAt(line));
  t.equal(fault(0), undefined);
  t.ok(fault(0, 'one'), 'nobody has moved yet');
  t.equal(residents.free(random), '099190000001');
  residents.moves('099190000001', 'one');
  t.equal(residents.free(random), undefined, 'one push at a time');
  t.same([fault(500), fault(500, 'one')], [undefined, undefined]);
  residents.moved('one', 1000);
  t.same([fault(1050), fault(1300, 'one')], [undefined, undefined]);
  t.match(fault(1300), /before a push that was delivered/);
  residents.moves('099190000001', 'two');
  t.same([fault(2000, 'one'), fault(2000, 'two')], [undefined, undefined]);
  t.ok(fault(2000));
  t.ok(fault(2000, 'three'));
});

t.test('an answer is right only if it is what is due, no less and no more', async (t) => {
  const expected = { found: true, person: { sex: 'female', fullName: 'Nguyễn Thị Hòa' } };
  const question: Question = { service: 's', registry: 'population', message: { pin: '099190000001' }, expected };
  const body = (person: object) => JSON.stringify({ person, found: true });
  t.equal(faultOf(question, 200, body({ fullName: 'Nguyễn Thị Hòa', sex: 'female' })), undefined);
  t.ok(faultOf(question, 200, body({ fullName: 'Nguyễn Thị Hòa' })));
  t.ok(faultOf(question, 200, body({ ...expected.person, religion: 'Không' })));
  t.ok(faultOf(question, 200, body({ ...expected.person, fullName: 'Trần Văn Đức' })));
  t.ok(faultOf(question, 200, '{"found":'));
  t.ok(faultOf(question, 503, '{"detail":"no 099190000001"}'));
  t.equal(faultOf(question, 503, '{"code":"circuit-open"}'), undefined);
});

t.test('only fresh answers since then say that something works again', async (t) => {
  const kept = sample({ isFresh: false });
  const early = sample({ sentMs: 90, answeredMs: 155 });
  t.equal(freshInARow([sample(), sample(), kept, sample({ group: 'population' })], 'judicial', 100), 2);
  t.equal(freshInARow([early, early], 'judicial', 100), 0);
  t.equal(freshInARow([sample(), sample({ outcome: 'circuit-open' }), sample()], 'judicial', 100), 1);
  t.equal(freshInARow([sample(), sample({ outcome: 'stale', isFresh: false })], 'judicial', 100), 0);
});

t.test('p99 is the nearest rank, of what was answered', async (t) => {
  const samples = Array.from({ length: 200 }, (_one, at) => sample({ sentMs: 0, answeredMs: at + 1 }));
  t.equal(p99Ms([...samples, sample({ outcome: 'no-answer', answeredMs: 1e6 })]), 198);
  t.equal(p99Ms([]), undefined);
});

t.test('arguments are read, and wrong ones refused', async (t) => {
  const read = (...values: string[]) => parseArguments(values, () => 42);
  t.same(read(), { quick: false, seed: 42, seconds: 10, perSecond: 60 });
  t.same(read('--quick', '--seed', '7', '--rate', '20'), { quick: true, seed: 7, seconds: 1.5, perSecond: 20 });
  for (const wrong of [['--seconds', '0'], ['--seed', '1.5'], ['--rate', 'x'], ['--loud']]) {
    t.throws(() => read(...wrong), UsageError, wrong.join(' '));
  }
});
