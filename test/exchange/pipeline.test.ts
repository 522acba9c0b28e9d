/** The promises of an exchange, with everything real but the wire: recorded before it is answered, and no more than granted. */

import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { SourceError } from '../../src/adapter-kit/source-error.ts';
import type { Settled } from '../../src/exchange/types.ts';
import { Problem, type ProblemCode } from '../../src/problems.ts';
import { agreementFixture } from '../support/agreement-fixture.ts';
import { createExchangeFixture, type ExchangeSetup, knownPerson, pseudonyms } from '../support/exchange-fixture.ts';
import { type IncomingChanges, incomingFixture, pins } from '../support/incoming-fixture.ts';
import { residenceChange, residenceService } from '../support/residence-change.ts';

const codeOf = ({ outcome }: Settled): ProblemCode | 'ok' => ('problem' in outcome ? outcome.problem.code : 'ok');

function answerOf({ outcome }: Settled) {
  if ('problem' in outcome) throw outcome.problem;
  return outcome.answer;
}

/** `pending` as long as the promise is neither kept nor broken. */
async function stateOf(promise: Promise<unknown>): Promise<string> {
  return Promise.race([
    promise.then(
      () => 'kept',
      () => 'broken',
    ),
    sleep(50, 'pending'),
  ]);
}

t.test('an answered exchange discloses the granted fields and nothing else', async (t) => {
  const { send } = await createExchangeFixture(t);
  const answer = answerOf(await send());
  t.same(JSON.parse(answer.content), { found: true, person: { fullName: 'Nguyễn Thị Hòa', sex: 'female' } });
  t.match(answer, { source: 'registry', ageSeconds: 0, ttlSeconds: 60, fields: ['fullName', 'sex'] });
  t.equal(answer.contentType, 'application/json; charset=utf-8');
});

t.test(
  'an answered exchange is recorded: who asked, what for, under which agreement, what was disclosed',
  async (t) => {
    const { send, entries } = await createExchangeFixture(t);
    const { position } = await send({ issue: 'H21.123-240315-0007', official: 'an-official' });
    t.equal(position.index, 0);
    const [entry, ...others] = await entries();
    t.equal(others.length, 0);
    t.match(entry, {
      kind: 'query',
      consumer: 'VN/GOV/G22/portal',
      service: 'VN/GOV/G01/population/get-person',
      version: 'v1',
      purpose: 'dossier-prefill',
      agreement: 'AGR-1',
      legalBasis: 'Decree 278/2025/ND-CP',
      issue: 'H21.123-240315-0007',
      fields: ['fullName', 'sex'],
      status: 200,
      source: 'registry',
      time: '2026-03-02T02:00:00.000Z',
    });
    t.match(entry?.subject, /^[\w-]{43}$/);
    t.match(entry?.official, /^[\w-]{43}$/);
    t.notOk('problem' in (entry ?? {}));
  },
);

const unavailable: ExchangeSetup['registry'] = () => Promise.reject(new SourceError('unavailable', 'down'));

/** One way to be refused for each code that the heart knows, with what its entry must tell. */
const refusals: readonly {
  readonly code: ProblemCode;
  readonly status: number;
  readonly changes: IncomingChanges;
  readonly setup?: ExchangeSetup;
  readonly recorded: object;
}[] = [
  { code: 'header-missing', status: 400, changes: { clientId: undefined }, recorded: { consumer: undefined } },
  {
    code: 'token-invalid',
    status: 401,
    changes: { credentials: { bearerToken: 'a.b.c', remoteAddress: '127.0.0.1' } },
    recorded: { consumer: undefined, claimedConsumer: 'VN/GOV/G22/portal', service: undefined },
  },
  {
    code: 'service-unknown',
    status: 404,
    changes: { serviceId: 'VN/GOV/G01/population/get-everything' },
    recorded: { consumer: 'VN/GOV/G22/portal', service: undefined },
  },
  {
    code: 'service-unknown',
    status: 404,
    changes: { version: 'v2' },
    recorded: { consumer: 'VN/GOV/G22/portal', service: undefined },
  },
  {
    code: 'delivery-unavailable',
    status: 503,
    changes: { serviceId: residenceService, content: residenceChange(pins.hoa, '1') },
    setup: { agreements: [agreementFixture({ service: residenceService, fields: [] })] },
    recorded: { kind: 'push', agreement: 'AGR-1', answer: undefined },
  },
  { code: 'method-not-allowed', status: 405, changes: { verb: 'GET' }, recorded: { consumer: 'VN/GOV/G22/portal' } },
  {
    code: 'json-malformed',
    status: 400,
    changes: { content: '{' },
    recorded: { service: 'VN/GOV/G01/population/get-person', subject: undefined, request: { bytes: 1 } },
  },
  { code: 'message-invalid', status: 422, changes: { content: { pin: '1' } }, recorded: { subject: undefined } },
  { code: 'message-invalid', status: 422, changes: { content: [pins.hoa] }, recorded: { subject: undefined } },
  { code: 'message-invalid', status: 422, changes: { content: 'null' }, recorded: { subject: undefined } },
  {
    code: 'message-invalid',
    status: 422,
    changes: { content: { pin: pins.hoa, nothing: 1 } },
    recorded: { subject: /^.{43}$/, agreement: undefined },
  },
  {
    code: 'message-invalid',
    status: 422,
    changes: { content: { pin: pins.hoa, fields: ['fullName', 'constructor'] } },
    recorded: { subject: /^.{43}$/ },
  },
  {
    code: 'official-required',
    status: 400,
    changes: {},
    setup: { service: { officialRequired: true } },
    recorded: { agreement: undefined, subject: /^.{43}$/ },
  },
  { code: 'agreement-missing', status: 403, changes: { clientId: 'VN/GOV/G12/tax' }, recorded: { subject: /^.{43}$/ } },
  {
    code: 'agreement-not-in-force',
    status: 403,
    changes: {},
    setup: { agreements: [agreementFixture({ validUntil: '2026-03-01' })] },
    recorded: { agreement: undefined },
  },
  {
    code: 'field-not-granted',
    status: 403,
    changes: { content: { pin: pins.hoa, fields: ['religion'] } },
    recorded: { agreement: undefined, fields: undefined },
  },
  {
    code: 'registry-unavailable',
    status: 503,
    changes: {},
    setup: { registry: unavailable },
    recorded: { agreement: 'AGR-1', answer: undefined, fields: undefined },
  },
  {
    code: 'registry-answer-invalid',
    status: 502,
    changes: {},
    setup: { registry: async () => ({ found: true, person: { fullName: 7 } }) },
    recorded: { agreement: 'AGR-1', answer: undefined, fields: undefined },
  },
];

for (const { code, status, changes, setup, recorded } of refusals) {
  t.test(`a refused exchange is recorded: ${code} for ${JSON.stringify(changes)}`, async (t) => {
    const { send, entries, asked } = await createExchangeFixture(t, setup);
    const settled = await send(changes);
    t.equal(codeOf(settled), code);
    t.match(await entries(), [{ problem: code, status, ...recorded }]);
    if (status < 500) t.equal(asked.length, 0, 'no registry hears of it');
  });
}

t.test('an exchange refused before it could be read is recorded', async (t) => {
  const { exchange, entries, steps } = await createExchangeFixture(t);
  const problem = new Problem('content-too-large', 'The message is too large.');
  const { position } = await exchange.refuse(incomingFixture(), problem);
  t.equal(position.index, 0);
  t.match(await entries(), [{ problem: 'content-too-large', status: 413, claimedConsumer: 'VN/GOV/G22/portal' }]);
  t.same(steps, ['record']);
});

for (const [what, changes] of Object.entries({ answer: {}, refusal: { content: '{' } })) {
  t.test(`no ${what} is given before its record is durable`, async (t) => {
    const { send, disk, entries } = await createExchangeFixture(t);
    disk.hold();
    const settling = send(changes);
    t.equal(await stateOf(settling), 'pending');
    t.equal((await entries()).length, 1, 'it is written, but not yet safe');
    disk.release();
    t.equal((await settling).position.index, 0);
  });
}

for (const operation of ['append', 'sync'] as const) {
  t.test(`an exchange whose ${operation} fails is withheld, and so is every later one`, async (t) => {
    const { send, disk } = await createExchangeFixture(t);
    disk.breakWith(operation, new Error('EIO'));
    for (const changes of [{}, { content: '{' }]) {
      await t.rejects(send(changes), { name: 'Problem', code: 'log-unavailable', cause: { message: 'EIO' } });
    }
    t.equal(disk.counts[operation], 1, 'what failed once is not tried again');
  });
}

t.test('what fails after the steps is a failure that is recorded, as every other is', async (t) => {
  const broken = new Error('nobody answers');
  const fail = () => {
    throw broken;
  };
  await t.test('where a refusal cannot be charged', async (t) => {
    const { exchange, request, send, entries, faults } = await createExchangeFixture(t, {
      quota: { charge: () => Promise.reject(broken) },
    });
    const settled = [await send({ content: { pin: '1' } }), await send()];
    const { trail } = settled[1] as Settled;
    settled.push(await exchange.refuse(await request(), new Problem('header-invalid', 'Test.'), trail));
    t.same(settled.map(codeOf), ['internal-error', 'internal-error', 'internal-error']);
    t.same(
      settled.map(({ position }) => position.index),
      [0, 1, 2],
    );
    t.same(
      (await entries()).map((entry) => 'problem' in entry && entry.problem),
      ['internal-error', 'internal-error', 'internal-error'],
    );
    t.same(
      faults.map(({ problem }) => problem.cause),
      [broken, broken, broken],
    );
  });

  await t.test('where the exchange cannot be written down as it was', async (t) => {
    const { send, entries, faults } = await createExchangeFixture(t, { pseudonyms: { person: fail } });
    const settled = await send();
    t.equal(codeOf(settled), 'internal-error', 'nothing is answered that is not recorded');
    t.match(await entries(), [{ consumer: 'VN/GOV/G22/portal', problem: 'internal-error', status: 500 }]);
    t.equal(faults[0]?.problem.cause, broken);
  });
});

t.test('the steps follow one another as the pipeline spells them', async (t) => {
  const { send, steps } = await createExchangeFixture(t);
  await send();
  t.same(steps, [
    'demandLog',
    'authenticate',
    'resolveService',
    'parseRequest',
    'validateRequest',
    'authorise',
    'chargeQuota',
    'demandQuota',
    'callRegistry',
    'throughBreaker',
    'validateAnswer',
    'throughCache',
    'record',
  ]);
});

t.test('who has not proved to be the client learns nothing about services or schemas', async (t) => {
  const { send, steps } = await createExchangeFixture(t);
  const credentials = { bearerToken: undefined, remoteAddress: '127.0.0.1' };
  for (const changes of [{ serviceId: 'VN/GOV/G01/population/nothing' }, { content: '{' }, { verb: 'GET' }]) {
    t.equal(codeOf(await send({ credentials, ...changes })), 'authentication-required');
  }
  t.same(new Set(steps), new Set(['demandLog', 'authenticate', 'record']));
});

t.test('the quota is held, also against answers from the cache, and its state is told either way', async (t) => {
  const { send, clock, asked } = await createExchangeFixture(t, {
    agreements: [agreementFixture({ quota: { requestsPerSecond: 0.5, burst: 2 } })],
  });
  const settled = [await send(), await send(), await send()];
  t.same(settled.map(codeOf), ['ok', 'ok', 'quota-exceeded']);
  t.same(
    settled.map(({ trail }) => trail.quota?.remaining),
    [1, 0, 0],
  );
  t.match(settled[2]?.outcome, { problem: { retryAfterSeconds: 2 } });
  t.equal(asked.length, 1, 'the second answer came from the cache');
  clock.advance(2000);
  t.equal(codeOf(await send()), 'ok');
});

t.test('a request that is refused before the quota step counts, and is told so when it is one too many', async (t) => {
  const { send, entries } = await createExchangeFixture(t, {
    agreements: [agreementFixture({ quota: { requestsPerSecond: 0.001, burst: 4 } })],
  });
  const codes: string[] = [];
  for (const content of ['{', { pin: '1' }, { pin: pins.hoa, fields: ['religion'] }]) {
    codes.push(codeOf(await send({ content })));
  }
  const last = await send();
  t.same([...codes, codeOf(last)], ['json-malformed', 'message-invalid', 'field-not-granted', 'ok']);
  t.equal(last.trail.quota?.remaining, 0);
  t.equal(codeOf(await send({ content: '{' })), 'quota-exceeded');
  t.match((await entries()).at(-1), { problem: 'quota-exceeded', status: 429, agreement: undefined });
});

t.test('nobody’s quota is used up by who has no agreement, or is not known', async (t) => {
  const { send } = await createExchangeFixture(t, {
    agreements: [agreementFixture({ quota: { requestsPerSecond: 0.001, burst: 1 } })],
  });
  t.equal(codeOf(await send({ clientId: 'VN/GOV/G12/tax' })), 'agreement-missing');
  t.equal(
    codeOf(await send({ credentials: { bearerToken: undefined, remoteAddress: '127.0.0.1' } })),
    'authentication-required',
  );
  t.equal(codeOf(await send()), 'ok');
});

t.test('two consumers share one question to the registry, and each sees its own fields', async (t) => {
  const { send, asked, entries } = await createExchangeFixture(t, {
    agreements: [
      agreementFixture(),
      agreementFixture({ id: 'AGR-2', consumer: 'VN/GOV/G12/tax', fields: ['pin', 'religion'] }),
    ],
  });
  const both = [await send(), await send({ clientId: 'VN/GOV/G12/tax' })];
  t.same(
    both.map((one) => JSON.parse(answerOf(one).content).person),
    [
      { fullName: 'Nguyễn Thị Hòa', sex: 'female' },
      { pin: pins.hoa, religion: 'Không' },
    ],
  );
  t.equal(asked.length, 1);
  t.match(await entries(), [
    { source: 'registry', fields: ['fullName', 'sex'] },
    { source: 'cache', fields: ['pin', 'religion'], registryMs: 0 },
  ]);
});

t.test('the choice of fields narrows the answer and is not part of the question', async (t) => {
  const { send, asked } = await createExchangeFixture(t);
  const settled = [await send(), await send({ content: { pin: pins.hoa, fields: ['sex'] } })];
  t.same(
    settled.map((one) => JSON.parse(answerOf(one).content).person),
    [{ fullName: 'Nguyễn Thị Hòa', sex: 'female' }, { sex: 'female' }],
  );
  t.same(
    asked.map(({ question }) => question),
    [{ pin: pins.hoa }],
  );
});

t.test(
  'every answer out of the cache is recorded with its own digest and its own person, whoever asked before',
  async (t) => {
    const { send, entries } = await createExchangeFixture(t, {
      agreements: [agreementFixture(), agreementFixture({ id: 'AGR-2', consumer: 'VN/GOV/G12/tax', fields: ['pin'] })],
      registry: async (question) => ({
        ...knownPerson,
        person: { ...knownPerson.person, pin: (question as { pin: string }).pin },
      }),
    });
    const portal = { clientId: 'VN/GOV/G22/portal' };
    const tax = { clientId: 'VN/GOV/G12/tax' };
    const asked = [portal, portal, portal, tax, tax, { ...portal, fields: ['sex'] }, portal].flatMap(
      ({ clientId, ...choice }) =>
        [pins.hoa, pins.duc].map((pin) => ({ pin, changes: { clientId, content: { pin, ...choice } } })),
    );
    const answers = [];
    for (const { changes } of asked) answers.push(answerOf(await send(changes)));
    t.equal(answers.filter(({ source }) => source === 'cache').length, asked.length - 2);
    const recorded = await entries();
    for (const [ordinal, { pin }] of asked.entries()) {
      const content = answers[ordinal]?.content ?? '';
      t.match(recorded[ordinal], {
        answer: { bytes: Buffer.byteLength(content), digest: pseudonyms.digest(content) },
        subject: pseudonyms.person(pin),
      });
    }
  },
);

t.test('"not found" is an answer: disclosed, recorded, kept', async (t) => {
  const { send, entries, asked } = await createExchangeFixture(t, { registry: async () => ({ found: false }) });
  t.equal(answerOf(await send()).content, '{"found":false}');
  t.equal(answerOf(await send()).source, 'cache');
  t.equal(asked.length, 1);
  t.match(await entries(), [{ status: 200, fields: [] }, {}]);
});

t.test('an exchange is known to wait while its registry is asked, and at no other time', async (t) => {
  let answer: () => Promise<unknown> = async () => knownPerson;
  const { send, waits } = await createExchangeFixture(t, {
    registry: async () => {
      await sleep(1);
      t.equal(waits.begun - waits.ended, 1);
      return answer();
    },
  });
  await send();
  t.same(waits, { begun: 1, ended: 1 });
  t.equal(answerOf(await send()).source, 'cache');
  t.same(waits, { begun: 1, ended: 1 }, 'what is kept is waited for by nobody');
  answer = () => Promise.reject(new TypeError('made to fail'));
  await send({ content: Buffer.from(JSON.stringify({ pin: '099088000002' })) });
  t.same(waits, { begun: 2, ended: 2 }, 'also where it fails');
});

t.test('and while a push is being kept', async (t) => {
  const { send, waits } = await createExchangeFixture(t, {
    agreements: [agreementFixture({ service: residenceService, fields: [] })],
  });
  t.equal(
    codeOf(await send({ serviceId: residenceService, content: residenceChange(pins.hoa, '1') })),
    'delivery-unavailable',
  );
  t.same(waits, { begun: 1, ended: 1 });
});

t.test(
  'an answer that its schema forbids is neither disclosed nor kept, and names nobody to the operator',
  async (t) => {
    let answer: unknown = { found: true, person: { fullName: 'x'.repeat(101), '099190000001': 'Nguyễn Thị Hòa' } };
    const { send, faults, asked } = await createExchangeFixture(t, { registry: async () => answer });
    t.equal(codeOf(await send()), 'registry-answer-invalid');
    t.match(faults, [{ problem: { code: 'registry-answer-invalid' } }]);
    const told = String(faults[0]?.problem.message) + String(faults[0]?.problem.cause);
    t.match(told, /\/person\/fullName \(/);
    t.match(told, /\/person\/\? \(additionalProperties\)/);
    t.notMatch(told, /0991|Nguyễn/);
    answer = knownPerson;
    t.equal(codeOf(await send()), 'ok');
    t.equal(asked.length, 2);
  },
);

for (const [what, answer] of Object.entries({
  nothing: undefined,
  null: null,
  'a bare string': 'Nguyễn Thị Hòa',
  'an array': [knownPerson],
  'a record without "found"': { person: knownPerson.person },
  'a record that was not found': { found: false, person: knownPerson.person },
  'a number for a string': { found: true, person: { fullName: 12 } },
  'null for a string': { found: true, person: { fullName: null } },
  'an object for a string': { found: true, person: { fullName: { toString: 'x' } } },
  'an unknown member': { found: true, person: { fullName: 'Hòa', secret: 1 } },
})) {
  t.test(`${what} is no answer, whatever a printer would make of it`, async (t) => {
    const { send } = await createExchangeFixture(t, { registry: async () => answer });
    t.equal(codeOf(await send()), 'registry-answer-invalid');
  });
}

t.test('an answer nested a thousand deep is refused and breaks nothing', async (t) => {
  let deep: unknown = 'bottom';
  for (let level = 0; level < 1000; level += 1) deep = { deep };
  const { send } = await createExchangeFixture(t, { registry: async () => ({ found: true, person: deep }) });
  t.equal(codeOf(await send()), 'registry-answer-invalid');
});

t.test('while a registry fails, what it answered before stands in, and the record says so', async (t) => {
  let down = false;
  const { send, clock, entries } = await createExchangeFixture(t, {
    registry: async () => {
      if (down) throw new SourceError('unavailable', 'down');
      return knownPerson;
    },
  });
  await send();
  down = true;
  clock.advance(63_500);
  t.match(answerOf(await send()), { source: 'stale', ageSeconds: 63, ttlSeconds: -3, fields: ['fullName', 'sex'] });
  clock.advance(600_000);
  t.equal(codeOf(await send()), 'registry-unavailable');
  t.match(await entries(), [
    { source: 'registry' },
    { source: 'stale', status: 200 },
    { source: undefined, status: 503 },
  ]);
});

t.test(
  'what was disclosed of a kept answer is disclosed again to whoever may see the same, and to nobody else',
  async (t) => {
    let asked = 0;
    const { send, clock } = await createExchangeFixture(t, {
      registry: async () => {
        asked += 1;
        return { ...knownPerson, person: { ...knownPerson.person, ethnicity: `Kinh ${asked}` } };
      },
      agreements: [
        agreementFixture(),
        agreementFixture({ id: 'AGR-2', consumer: 'VN/GOV/G12/tax', fields: ['fullName', 'ethnicity'] }),
      ],
    });
    const portal = { found: true, person: { fullName: 'Nguyễn Thị Hòa', sex: 'female' } };
    const tax = (ethnicity: string) => ({ found: true, person: { fullName: 'Nguyễn Thị Hòa', ethnicity } });
    const seen = async (changes: IncomingChanges = {}) => {
      const { content, bytes, fields } = answerOf(await send(changes));
      if (bytes !== undefined) t.equal(Buffer.from(bytes, 'latin1').toString(), content);
      return [JSON.parse(content), fields];
    };
    const taxes = { clientId: 'VN/GOV/G12/tax' };
    const one = { ...taxes, content: { pin: pins.hoa, fields: ['fullName'] } };
    for (let round = 0; round < 3; round += 1) {
      t.same(await seen(), [portal, ['fullName', 'sex']]);
      t.same(await seen(), [portal, ['fullName', 'sex']]);
      t.same(await seen(one), [{ found: true, person: { fullName: 'Nguyễn Thị Hòa' } }, ['fullName']]);
      t.same(await seen(taxes), [tax('Kinh 1'), ['ethnicity', 'fullName']]);
      t.same(await seen(one), [{ found: true, person: { fullName: 'Nguyễn Thị Hòa' } }, ['fullName']]);
      t.same(await seen(taxes), [tax('Kinh 1'), ['ethnicity', 'fullName']]);
    }
    t.ok(answerOf(await send()).bytes, 'and need not be encoded again');
    clock.advance(60_000);
    t.same(await seen(taxes), [tax('Kinh 2'), ['ethnicity', 'fullName']], 'a new answer is disclosed anew');
    t.same(await seen(taxes), [tax('Kinh 2'), ['ethnicity', 'fullName']]);
  },
);

t.test('one slow registry does not hold another', async (t) => {
  const release = Promise.withResolvers<void>();
  const { send, asked } = await createExchangeFixture(t, {
    registry: async (question) => {
      if ('at' in question) await release.promise;
      return 'at' in question ? { found: false } : knownPerson;
    },
    serviceOf: { judicial: { registryConcurrencyMax: 1, registryQueueMax: 0 } },
    agreements: [
      agreementFixture(),
      agreementFixture({
        id: 'AGR-2',
        service: 'VN/GOV/G15/civil-status/get-marital-status',
        fields: 'basic',
      }),
    ],
  });
  const slow = (pin: string) =>
    send({ serviceId: 'VN/GOV/G15/civil-status/get-marital-status', content: { pin, at: '2026-01-01' } });
  const held = slow(pins.hoa);
  t.equal(await stateOf(held), 'pending');
  t.equal(codeOf(await slow(pins.duc)), 'registry-busy', 'the slow one takes no more than its share');
  t.equal(codeOf(await send()), 'ok', 'and the other one answers');
  release.resolve();
  t.equal(codeOf(await held), 'ok');
  t.equal(asked.length, 2);
});

t.test('a caller who leaves is recorded, and those who asked the same are still answered', async (t) => {
  const release = Promise.withResolvers<void>();
  const { exchange, request, send, asked, entries } = await createExchangeFixture(t, {
    registry: async () => {
      await release.promise;
      return knownPerson;
    },
  });
  const gone = new AbortController();
  const leaving = exchange.exchange(await request({ signal: () => gone.signal }));
  const staying = send();
  t.equal(await stateOf(staying), 'pending');
  gone.abort();
  t.equal(codeOf(await leaving), 'client-disconnected');
  t.equal(asked[0]?.signal.aborted, false, 'the registry works on for the other');
  release.resolve();
  t.equal(codeOf(await staying), 'ok');
  t.equal(asked.length, 1);
  t.match(await entries(), [{ problem: 'client-disconnected', status: 499 }, { status: 200 }]);
});

t.test('when the last caller has left, the registry is told to stop', async (t) => {
  const { exchange, request, asked } = await createExchangeFixture(t, { registry: () => new Promise(() => undefined) });
  const gone = new AbortController();
  const leaving = exchange.exchange(await request({ signal: () => gone.signal }));
  t.equal(await stateOf(leaving), 'pending');
  gone.abort();
  t.equal(codeOf(await leaving), 'client-disconnected');
  t.equal(asked[0]?.signal.aborted, true);
});

t.test('a caller who is known by address alone gets no further than its confinement', async (t) => {
  const verify = 'VN/GOV/G01/population/verify-identity';
  const { send } = await createExchangeFixture(t, {
    agreements: [
      agreementFixture({ consumer: 'VN/GOV/G22/legacy' }),
      agreementFixture({ id: 'AGR-2', consumer: 'VN/GOV/G22/legacy', service: verify, fields: 'basic' }),
    ],
    registry: async () => ({ found: false }),
  });
  const credentials = { bearerToken: undefined, remoteAddress: '127.0.0.1' };
  const legacy = { clientId: 'VN/GOV/G22/legacy', credentials };
  t.equal(codeOf(await send(legacy)), 'agreement-missing', 'although there is an agreement');
  const content = { pin: pins.hoa, fullName: 'Nguyễn Thị Hòa', dateOfBirth: { value: '1990', precision: 'year' } };
  t.equal(codeOf(await send({ ...legacy, serviceId: verify, content })), 'ok');
  t.equal(codeOf(await send({ clientId: 'VN/GOV/G22/legacy' })), 'ok', 'with a token the agreement counts');
  const allowed = await send({
    ...legacy,
    serviceId: 'VN/GOV/G01/population/allowedMethods',
    version: '',
    verb: 'GET',
  });
  t.same(
    JSON.parse(answerOf(allowed).content).service.map((one: Record<string, unknown>) => one.service_code),
    ['verify-identity'],
  );
});

t.test('a meta-service is answered from the catalogue and recorded like any exchange', async (t) => {
  const { send, entries, asked } = await createExchangeFixture(t);
  const changes = { serviceId: 'VN/GOV/G01/population/listMethods', version: '', verb: 'GET', content: '' };
  const answer = answerOf(await send(changes));
  t.equal(JSON.parse(answer.content).service.length, 5);
  t.equal(codeOf(await send({ ...changes, verb: 'POST' })), 'method-not-allowed');
  t.equal(asked.length, 0);
  t.match(await entries(), [
    { service: changes.serviceId, source: 'gateway', fields: [], agreement: undefined, version: undefined },
    { problem: 'method-not-allowed' },
  ]);
});

t.test(
  'a failure that nobody foresaw becomes internal-error, is recorded, and its cause goes to the operator only',
  async (t) => {
    const secret = new Error('a cause');
    const { exchange, request, faults, entries } = await createExchangeFixture(t);
    const broken = {
      get credentials(): never {
        throw secret;
      },
    };
    const settled = await exchange.exchange(Object.create(await request(), Object.getOwnPropertyDescriptors(broken)));
    t.equal(codeOf(settled), 'internal-error');
    t.notMatch('problem' in settled.outcome && settled.outcome.problem.detail, /a cause/);
    t.equal(faults[0]?.problem.cause, secret);
    t.match(await entries(), [{ problem: 'internal-error', status: 500 }]);
  },
);

t.test('the operator hears of faults, not of refusals', async (t) => {
  const { send, faults } = await createExchangeFixture(t, { registry: unavailable });
  await send({ content: '{' });
  await send({ content: { pin: pins.hoa, fields: ['religion'] } });
  t.equal(faults.length, 0);
  await send();
  t.match(faults, [{ problem: { code: 'registry-unavailable' } }]);
});
