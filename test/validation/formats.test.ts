/** Each format with what it takes, what it refuses and what it says then. */

import t from 'tap';
import { createValidation } from '../../src/validation/index.ts';
import { messageSchemas } from '../support/message-schemas.ts';

/** Tells what a format says of a value. */
function judge(format: string, samplePins = true): (value: string) => string[] {
  const validation = createValidation({ samplePins, errorsMax: 10 });
  validation.add('test.json', { type: 'string', format });
  const validate = validation.compile('test.json');
  return (value) => validate(value).map((violation) => violation.message);
}

interface Table {
  readonly right: readonly string[];
  /** By a part of the message. */
  readonly wrong: Readonly<Record<string, readonly string[]>>;
}

const tables: Readonly<Record<string, Table>> = {
  pin: {
    right: ['001190000001', '096200000001', '099190000001', '100190000001', '999999999999', '079088000001'],
    wrong: {
      'exactly 12 digits': [
        '',
        '09919000000',
        '0991900000011',
        '09919000000a',
        ' 099190000001',
        '099190000001\n',
        '099 190 000 001',
        '٠٩٩١٩٠٠٠٠٠٠١',
        '０９９１９００００００１',
      ],
      'code of the place of birth registration': ['000190000001', '003190000001', '097190000001', '098190000001'],
    },
  },
  date: {
    right: ['1990-05-17', '2024-02-29', '2000-02-29', '1800-01-01', '9999-12-31'],
    wrong: {
      'form YYYY-MM-DD': [
        '',
        '1990',
        '1990-05',
        '17/05/1990',
        '1990-5-17',
        '19900517',
        '1990-05-17T00:00:00Z',
        '1990-05-17\n',
      ],
      'day that the calendar has': [
        '2023-02-29',
        '1900-02-29',
        '2023-04-31',
        '2023-13-01',
        '2023-00-10',
        '2023-01-00',
        '2023-01-32',
      ],
      'before the year 1800': ['1799-12-31', '0000-01-01'],
    },
  },
  'year-month': {
    right: ['1965-07', '2024-12'],
    wrong: {
      'form YYYY-MM': ['1965', '1965-7', '1965-07-19', '07-1965'],
      'month that the calendar has': ['1965-00', '1965-13'],
      'before the year 1800': ['1799-12'],
    },
  },
  year: {
    right: ['1800', '1965'],
    wrong: { 'form YYYY': ['', '65', '1965-07', '19650'], 'before the year 1800': ['1799'] },
  },
  'organisation-code': {
    right: ['G01', 'H26', 'H21.123', 'G22.01.002.003.04'],
    wrong: {
      'highest level first, such as': ['', 'g01', 'G1', 'G01.', 'G01.1', 'G01.1234', 'G22.01.02.03.04.05', 'GG1'],
      'this is the old form': ['000.00.18.G12'],
    },
  },
  'organisation-code-legacy': {
    right: ['000.00.18.G12', '001.15.22.H26'],
    wrong: {
      'form of 13 characters': ['', '00.00.18.G12', '000.00.18.g12'],
      'this is the new form': ['G12', 'H21.123'],
    },
  },
  email: {
    right: ['hoa@example.vn', 'a.b+c@mail.example.vn', "o'x@a-b.vn"],
    wrong: {
      'e-mail address': [
        '',
        'hoa',
        '@example.vn',
        'hoa@',
        'hoa@vn',
        'a..b@example.vn',
        '.a@example.vn',
        'a@-b.vn',
        'a b@example.vn',
        `${'a'.repeat(65)}@example.vn`,
      ],
    },
  },
  'date-time': {
    right: ['2026-01-05T08:00:00+07:00'],
    wrong: { 'with its zone': ['2026-01-05T08:00:00', '2026-02-30T08:00:00Z'] },
  },
  uri: {
    right: ['postgres://u:p@localhost:5432/x', 'https://example.vn/'],
    wrong: { 'absolute URI': ['', '/path', 'a b'] },
  },
  hostname: { right: ['localhost', 'a.example.vn'], wrong: { 'host name': ['', 'a_b', '-a'] } },
  ipv4: { right: ['192.0.2.1'], wrong: { 'IPv4 address': ['', '192.0.2', '192.0.2.256'] } },
  ipv6: { right: ['2001:db8::1', '::'], wrong: { 'IPv6 address': ['', '192.0.2.1', '2001:db8::1::2'] } },
};

for (const [format, { right, wrong }] of Object.entries(tables)) {
  t.test(`format ${format}`, async (t) => {
    const messagesOf = judge(format);
    for (const value of right) t.same(messagesOf(value), [], JSON.stringify(value));
    for (const [message, values] of Object.entries(wrong)) {
      for (const value of values) {
        const messages = messagesOf(value);
        t.equal(messages.length, 1, JSON.stringify(value));
        t.ok(messages[0]?.includes(message), `${JSON.stringify(value)}: ${messages[0]}`);
      }
    }
    t.match(messagesOf('1'.repeat(100_000)), [/must be far shorter/]);
  });
}

t.test('exactly the 63 provinces and the countries are places of birth registration', async (t) => {
  const codes = Array.from({ length: 1000 }, (_, code) => String(code).padStart(3, '0'));
  const messagesOf = judge('pin', false);
  const known = codes.filter((code) => messagesOf(`${code}190000001`).length === 0);
  t.equal(known.filter((code) => code < '100').length, 63);
  t.equal(known.filter((code) => code >= '100').length, 900);
});

t.test('the sample range of PINs is refused unless it is switched on', async (t) => {
  t.match(judge('pin', false)('099190000001'), [/sample range 099/]);
  t.same(judge('pin', true)('099190000001'), []);
  t.same(judge('pin', false)('001190000001'), []);
});

t.test('the value of a partial date has exactly the parts that its precision names', async (t) => {
  const validate = messageSchemas().compile('schemas/common/partial-date.json');
  const rulesOf = (value: unknown, precision: unknown) => validate({ value, precision }).map(({ rule }) => rule);
  const values = { year: '1965', month: '1965-07', day: '1965-07-19' };
  const formats = { year: 'format:year', month: 'format:year-month', day: 'format:date' };
  for (const precision of ['year', 'month', 'day'] as const) {
    for (const [parts, value] of Object.entries(values)) {
      t.same(rulesOf(value, precision), parts === precision ? [] : [formats[precision]], `${value} as ${precision}`);
    }
  }
  t.same(rulesOf('2023-02-29', 'day'), ['format:date']);
  t.same(rulesOf('2024-02-29', 'day'), []);
  t.same(rulesOf('1799', 'year'), ['format:year']);
  t.same(rulesOf('1965', 'decade'), ['enum']);
  t.same(
    validate({ value: '1965' }).map(({ pointer }) => pointer),
    ['/precision'],
  );
});
