/** A chaos run notices what it is there to notice. */

import t from 'tap';
import { parseArguments, UsageError } from './arguments.ts';
import type { Phase } from './faults.ts';
import { faultOf, type Question } from './questions.ts';
import { freshInARow, p99Ms, type Sample } from './tally.ts';
import { type Charge, chargesOf, type Evidence } from './verdict.ts';

const calm: Phase = { name: 'calm', concerns: [], startMs: 0, endMs: 100, isGateway: false };
const broken: Phase = {
  ...{ name: 'population killed', concerns: ['population'], startMs: 100, endMs: 200, isGateway: false },
  recoveredMs: 10,
};
const ended: Phase = { ...broken, name: 'gateway killed', startMs: 200, endMs: 300, isGateway: true };

const sample = (changes: Partial<Sample> = {}): Sample => ({
  ...{ group: 'judicial', sentMs: 150, answeredMs: 160, outcome: 'ok', isFresh: true, status: 200, exchangeId: 'a' },
  ...changes,
});

/** Names of what is charged. */
function charged(changes: Partial<Evidence> & { readonly samples: readonly Sample[] }): string[] {
  const evidence = { phases: [calm, broken, ended], recorded: new Map([['a', 200]]), lostPushes: [], ...changes };
  return chargesOf(evidence)
    .filter(({ count }: Charge) => count > 0)
    .map(({ name }) => name);
}

const refused = { outcome: 'circuit-open', status: 503, isFresh: false } as const;
const recorded = new Map([['a', 503]]);

t.test('a run in which everything was right is charged with nothing', async (t) => {
  t.same(charged({ samples: [sample()] }), []);
});

t.test('an answer that is wrong, or not in the log as it was given, is charged', async (t) => {
  t.same(charged({ samples: [sample({ wrong: 'another person' })] }), ['wrong answers']);
  t.same(charged({ samples: [sample()], recorded: new Map() }), ['unrecorded']);
  t.same(charged({ samples: [sample()], recorded: new Map([['a', 503]]) }), ['unrecorded']);
  const { exchangeId: _none, ...nameless } = sample();
  t.same(charged({ samples: [nameless] }), ['unrecorded']);
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
  t.same(charged({ samples: [nothing] }), ['without an answer']);
  t.same(charged({ samples: [{ ...nothing, sentMs: 199, answeredMs: 201 }] }), []);
});

t.test('a lost push and a dependency that does not come back are charged', async (t) => {
  t.same(charged({ samples: [], lostPushes: ['one'] }), ['lost pushes']);
  t.same(charged({ samples: [], phases: [{ ...broken, fault: 'never' }] }), ['not recovered']);
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
