/** What a search takes and what it refuses, in addresses and in messages; no personal number is ever taken from an address. */

import t from 'tap';
import { createPseudonyms } from '../../../src/exchange-log/pseudonyms.ts';
import { identifier, moment, someOf, wholeNumber, word } from '../../../src/http/audit/forms.ts';
import {
  bodyParameters,
  type Form,
  type ParameterSource,
  Parameters,
  queryParameters,
} from '../../../src/http/audit/parameters.ts';
import { issue, person } from '../../../src/http/audit/personal-forms.ts';
import { Problem } from '../../../src/problems.ts';
import { pins } from '../../support/incoming-fixture.ts';

const pseudonyms = createPseudonyms({ pseudonym: Buffer.alloc(32, 1), evidence: Buffer.alloc(32, 2) });
const value = (form: Form<unknown>, sent: unknown, source: ParameterSource = 'query') => {
  const read = form.read(sent, source);
  return typeof read === 'object' ? read.value : undefined;
};
const refusalOf = (work: () => unknown): Problem => {
  try {
    work();
  } catch (error) {
    if (error instanceof Problem) return error;
  }
  throw new Error('nothing was refused');
};

t.test('times and days', async (t) => {
  const at = (text: string) => Date.parse(text);
  t.equal(value(moment('from'), '2026-03-02T09:00:00+07:00'), at('2026-03-02T02:00:00Z'));
  t.equal(value(moment('from'), '2026-03-02t02:00:00.5z'), at('2026-03-02T02:00:00.500Z'));
  t.equal(value(moment('from'), '2026-03-02'), at('2026-03-02T00:00:00Z'), 'a day begins at midnight, UTC');
  t.equal(value(moment('to'), '2026-03-02'), at('2026-03-03T00:00:00Z'), 'and as an end it is within');
  t.equal(value(moment('to'), '2026-03-02T00:00:00Z'), at('2026-03-02T00:00:00Z'));
  for (const wrong of [
    '2026-02-30',
    '2026-13-01',
    '2026-03-02T25:00:00Z',
    '2026-03-02T09:00:00',
    '2026-03-02 09:00:00Z',
    '1772413200000',
    'yesterday',
    '',
    '+010000-01-01',
    "2026-03-02'--",
    5,
    null,
    { from: 1 },
    ['2026-03-02'],
  ]) {
    t.equal(value(moment('from'), wrong), undefined, JSON.stringify(wrong));
  }
});

t.test('numbers, choices, words and identifiers', async (t) => {
  t.equal(value(wholeNumber(100), '7'), 7);
  t.equal(value(wholeNumber(100), 7, 'body'), 7);
  for (const wrong of ['0', '101', '1e1', '-1', '1.5', ' 7', '99999999999999999999'])
    t.equal(value(wholeNumber(100), wrong), undefined);
  for (const wrong of ['7', 0, 1.5, Number.NaN, true]) t.equal(value(wholeNumber(100), wrong, 'body'), undefined);
  t.same(value(someOf(['day', 'service']), 'service,day'), ['day', 'service']);
  for (const wrong of ['', 'day,day', 'day,', 'week', 'day;service'])
    t.equal(value(someOf(['day', 'service']), wrong), undefined, wrong);
  t.equal(value(word(/^[a-z-]+$/), 'benefit-decision'), 'benefit-decision');
  t.equal(value(word(/^[a-z-]+$/), 'a\nb'), undefined);
  const service = identifier(5, 100, (id) => id.replace('/000.00.00.G12', '/G12'));
  t.equal(value(service, 'VN/GOV/000.00.00.G12/tax'), 'VN/GOV/G12/tax', 'by its present code');
  t.equal(value(service, 'VN/GOV/G%31'), 'VN/GOV/G1', 'in canonical form');
  for (const wrong of [
    'VN',
    'VN/GOV',
    'VN/GOV/G01/',
    'a/b/c/d/e/f',
    'VN/GOV/..',
    `VN/GOV/${'x'.repeat(100)}`,
    'a/b/%00',
  ])
    t.equal(value(service, wrong), undefined, wrong);
});

t.test('a personal number is taken from a message and from nowhere else', async (t) => {
  const subject = person('pin', pseudonyms, { charactersMax: 255, post: '/v1/audit/exchanges/search' });
  const known = pseudonyms.person(pins.hoa);
  t.match(value(subject, known), { pseudonyms: [known], inTheClear: false });
  t.match(value(subject, { pin: pins.hoa }, 'body'), { pseudonyms: [known], pseudonym: known, inTheClear: true });
  t.match(value(subject, { pseudonym: known }, 'body'), { inTheClear: false });
  const typed = `NguyenThiHoa-${pins.hoa}-1990-05-17-xxxxxx`;
  const unlikely = `${known.slice(0, 42)}B`;
  t.same([typed.length, unlikely.length], [43, 43]);
  for (const wrong of [pins.hoa, `{"pin":"${pins.hoa}"}`, '', `${known}x`, `${typed.slice(0, 42)}A`, unlikely])
    t.equal(value(subject, wrong), undefined, wrong);
  for (const wrong of [
    pins.hoa,
    {},
    { pin: 99190000001 },
    { pin: `${pins.hoa} ` },
    { pin: pins.hoa, pseudonym: known },
    { name: 'x' },
    { pseudonym: pins.hoa },
    [pins.hoa],
    null,
  ])
    t.equal(value(subject, wrong, 'body'), undefined, JSON.stringify(wrong));
  t.match(
    subject.demands('query'),
    /POST \/v1\/audit\/exchanges\/search takes \{"pin": …\}/,
    'where it belongs is said',
  );

  const dossier = issue(pseudonyms, { charactersMax: 50, post: '/search' });
  t.match(value(dossier, 'H21.123-240315-0007'), { recorded: 'H21.123-240315-0007' });
  t.match(value(dossier, pseudonyms.text('free')), { anyOf: [pseudonyms.text('free'), /./] });
  for (const wrong of [pins.hoa, 'Nguyễn Thị Hòa', `H26-${pins.hoa}`, 'x'.repeat(51), 'a\0', '\ud800', ''])
    t.equal(value(dossier, wrong), undefined);
  t.match(value(dossier, typed, 'body'), { recorded: pseudonyms.text(typed), inTheClear: true });
  t.same(value(dossier, 'hồ sơ 7', 'body'), {
    anyOf: ['hồ sơ 7', pseudonyms.text('hồ sơ 7')],
    recorded: pseudonyms.text('hồ sơ 7'),
    inTheClear: true,
  });

  const canonical = (id: string) => id;
  for (const form of [word(/^[\w.-]+$/), identifier(5, 512, canonical)]) {
    t.type(form.read(`VN/GOV/${pins.hoa}`, 'query') ?? form.read(pins.hoa, 'query'), 'string', 'nor in another place');
    t.type(form.read(`VN/GOV/${pins.hoa}`, 'body') ?? form.read(pins.hoa, 'body'), 'string');
  }
});

t.test('every fault of an address is told at once, and nothing of a value is repeated', async (t) => {
  const parameters = new Parameters(
    queryParameters(`from=never&kind=x&kind=y&limit=0&${pins.hoa}=1&weird=${pins.duc}&agreement=%FF&purpose`),
  );
  parameters.read('from', moment('from'));
  parameters.read('limit', wholeNumber(10));
  parameters.read('agreement', word(/^x$/));
  const { code, detail, errors } = refusalOf(() => parameters.demandAll());
  t.equal(code, 'parameter-invalid');
  t.match(detail, /^kind may be sent once\.$/);
  t.same(
    errors?.map(({ pointer, rule }) => [pointer, rule]),
    [
      ['/kind', 'repeated'],
      ['/agreement', 'encoding'],
      ['/from', 'format:date-time'],
      ['/limit', 'range'],
      ['/kind', 'unknown'],
      ['', 'unknown'],
      ['/weird', 'unknown'],
      ['/purpose', 'unknown'],
    ],
  );
  const said = JSON.stringify([detail, errors]);
  for (const pin of Object.values(pins)) t.notOk(said.includes(pin));
  t.match(said, /there are from, limit, agreement/, 'what would be known is named');
});

t.test('a message must be an object of known members', async (t) => {
  for (const wrong of [[], null, 'x', 5]) {
    t.equal(refusalOf(() => new Parameters(bodyParameters(wrong)).demandAll()).code, 'message-invalid');
  }
  const parameters = new Parameters(bodyParameters({ pin: pins.hoa, __proto: 1 }));
  parameters.demand('from', moment('from'));
  t.same(
    refusalOf(() => parameters.demandAll()).errors?.map(({ rule }) => rule),
    ['required', 'unknown', 'unknown'],
  );
  t.doesNotThrow(() => new Parameters(bodyParameters({})).demandAll());
});

t.test('a plus sign in an address is itself, or no time with an offset could be sent', async (t) => {
  t.equal(queryParameters('from=2026-03-02T09:00:00+07:00').values.get('from'), '2026-03-02T09:00:00+07:00');
});
