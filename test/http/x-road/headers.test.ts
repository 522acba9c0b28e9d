/** The X-Road headers are read once, within their limits, and never twice the same one. */

import type { IncomingHttpHeaders } from 'node:http';
import t from 'tap';
import { readMessageId, readXRoadHeaders, type XRoadHeaderDefaults } from '../../../src/http/x-road/headers.ts';
import { parseClientId } from '../../../src/http/x-road/identifier.ts';
import { refusal } from './refusals.ts';

const defaults: XRoadHeaderDefaults = {
  instance: 'VN',
  makeUuid: () => '5ea48ae9-15c1-465a-be15-9b6ef2c7ef4a',
  readClientId: parseClientId,
  limits: {
    identifierCharactersMax: 60,
    messageIdCharactersMax: 50,
    userIdCharactersMax: 40,
    issueCharactersMax: 30,
    purposeCharactersMax: 20,
  },
};

/** Reads header lines as Node hands them over: names in lower case, repeated values joined, one character a byte. */
function read(...lines: [name: string, value: string][]) {
  const headers: IncomingHttpHeaders = {};
  for (const [name, text] of lines) {
    const value = Buffer.from(text).toString('latin1');
    const earlier = headers[name.toLowerCase()];
    headers[name.toLowerCase()] = earlier === undefined ? value : `${earlier}, ${value}`;
  }
  return readXRoadHeaders(headers, lines.flat(), defaults);
}

const client: [string, string] = ['X-Road-Client', 'VN/GOV/H26/dossiers'];

t.test('X-Road-Client is enough', async (t) => {
  t.same(read(client), {
    clientId: 'VN/GOV/H26/dossiers',
    messageId: 'VN-5ea48ae9-15c1-465a-be15-9b6ef2c7ef4a',
    messageIdMade: true,
    userId: undefined,
    issue: undefined,
    representedParty: undefined,
    securityServer: undefined,
    purpose: undefined,
  });
});

t.test('every header of the protocol is read, its name in any case', async (t) => {
  t.same(
    read(
      ['x-road-CLIENT', 'VN/GOV/H26/%64ossiers'],
      ['X-ROAD-ID', '42'],
      ['x-road-userid', 'VN099190000001'],
      ['X-Road-Issue', 'H26-240315-0007'],
      ['X-Road-Represented-Party', 'GOV/H38'],
      ['X-Road-Security-Server', 'VN/GOV/H26/gate-1'],
      ['Exchange-Purpose', 'birth-registration'],
    ),
    {
      clientId: 'VN/GOV/H26/dossiers',
      messageId: '42',
      messageIdMade: false,
      userId: 'VN099190000001',
      issue: 'H26-240315-0007',
      representedParty: 'GOV/H38',
      securityServer: 'VN/GOV/H26/gate-1',
      purpose: 'birth-registration',
    },
  );
});

t.test('a request without X-Road-Client is refused', async (t) => {
  t.same(
    refusal(() => read()),
    { code: 'header-missing', detail: 'X-Road-Client is missing.' },
  );
  t.equal(refusal(() => read(['X-Road-Client', ''])).code, 'header-missing');
});

t.test('a malformed X-Road-Client is refused', async (t) => {
  t.equal(refusal(() => read(['X-Road-Client', 'VN/GOV'])).code, 'client-identifier-invalid');
});

t.test('a header sent twice is refused, whatever its values and case', async (t) => {
  const twice = [
    'X-Road-Client',
    'X-Road-Id',
    'X-Road-UserId',
    'X-Road-Issue',
    'X-Road-Represented-Party',
    'X-Road-Security-Server',
    'Exchange-Purpose',
  ];
  for (const name of twice) {
    const lines: [string, string][] = [
      client,
      [name, 'VN/GOV/H26/dossiers'],
      [name.toLowerCase(), 'VN/GOV/H26/dossiers'],
    ];
    const { code, detail } = refusal(() => read(...lines));
    t.same([code, detail], ['header-invalid', `${name.toLowerCase()} is sent more than once.`], name);
  }
});

t.test('headers that are not read here may repeat, and X-Road-Request-Id is ignored', async (t) => {
  const result = read(
    client,
    ['X-Road-Request-Id', 'a'],
    ['X-Road-Request-Id', 'b'],
    ['Accept', 'a/b'],
    ['Accept', 'c/d'],
  );
  t.equal(result.clientId, 'VN/GOV/H26/dossiers');
  t.notMatch(JSON.stringify(result), /request/i);
});

t.test('an optional header that is empty counts as absent', async (t) => {
  const names = [
    'X-Road-Id',
    'X-Road-UserId',
    'X-Road-Issue',
    'X-Road-Represented-Party',
    'X-Road-Security-Server',
    'Exchange-Purpose',
  ];
  for (const name of names) t.same(read(client, [name, '']), read(client), name);
});

t.test('a value is accepted at its limit and refused one character above it', async (t) => {
  const fill = (prefix: string, length: number) => prefix.padEnd(length, 'x');
  const limits: [string, string, number][] = [
    ['X-Road-Id', '', 50],
    ['X-Road-UserId', '', 40],
    ['X-Road-Issue', '', 30],
    ['X-Road-Represented-Party', '', 60],
    ['X-Road-Security-Server', 'VN/GOV/H26/', 60],
    ['Exchange-Purpose', '', 20],
  ];
  for (const [name, prefix, max] of limits) {
    t.doesNotThrow(() => read(client, [name, fill(prefix, max)]), name);
    t.same(
      refusal(() => read(client, [name, fill(prefix, max + 1)])),
      { code: 'header-invalid', detail: `${name} is longer than ${max} characters.` },
      name,
    );
  }
  t.equal(read(['X-Road-Client', fill('VN/GOV/', 60)]).clientId.length, 60);
  t.equal(refusal(() => read(['X-Road-Client', fill('VN/GOV/', 61)])).code, 'header-invalid');
});

t.test('user and issue are opaque text in UTF-8', async (t) => {
  t.equal(read(client, ['X-Road-Issue', 'Hồ sơ Đ-7/2025 "b"']).issue, 'Hồ sơ Đ-7/2025 "b"');
  t.equal(read(client, ['X-Road-UserId', '~ !#%,;=']).userId, '~ !#%,;=');
});

t.test('what nobody can see is refused in user and issue', async (t) => {
  for (const character of [
    '\t',
    '\x7f',
    '\u0085',
    '\u00a0',
    '\u00ad',
    '\u200b',
    '\u202e',
    '\u2028',
    '\u3000',
    '\ufeff',
  ]) {
    for (const name of ['X-Road-UserId', 'X-Road-Issue']) {
      for (const text of [`a${character}b`, `${character}b`]) {
        const { code, detail } = refusal(() => read(client, [name, text]));
        t.same([code, detail], ['header-invalid', `${name} holds an invisible character.`], escape(text));
      }
    }
  }
});

t.test('bytes that are not UTF-8 are refused', async (t) => {
  const headers = { 'x-road-client': 'VN/GOV/H26', 'x-road-issue': 'caf\u00e9' };
  const { code, detail } = refusal(() => readXRoadHeaders(headers, [], defaults));
  t.same([code, detail], ['header-invalid', 'X-Road-Issue is not UTF-8.']);
});

t.test('a message id can be echoed as a header', async (t) => {
  t.equal(read(client, ['X-Road-Id', 'a b/c:{}']).messageId, 'a b/c:{}');
  for (const id of ['Hồ', 'a\tb', 'a\x7f']) {
    t.equal(refusal(() => read(client, ['X-Road-Id', id])).code, 'header-invalid', escape(id));
  }
});

t.test('an idempotency key is a string in quotes, or the same without them', async (t) => {
  const key = (value: string) => read(client, ['Idempotency-Key', value]).idempotencyKey;
  for (const [sent, meant] of [
    ['k', 'k'],
    ['"k"', 'k'],
    ['"a \\"b\\" \\\\"', 'a "b" \\'],
    ['a"b"', 'a"b"'],
    ['a\\b', 'a\\b'],
  ] as const) {
    t.equal(key(sent), meant, sent);
  }
  for (const wrong of ['"k', '"', '""', '"k"x', '"k";a=1', '"a\\b"', '"a"b"', '"é"', 'é']) {
    t.equal(refusal(() => key(wrong)).code, 'header-invalid', wrong);
  }
});

t.test('a purpose is a token in lower case', async (t) => {
  for (const purpose of ['Birth', 'birth registration', 'birth_registration', 'birth,death', 'khai-sinh-đ']) {
    t.equal(refusal(() => read(client, ['Exchange-Purpose', purpose])).code, 'header-invalid', purpose);
  }
});

t.test('a malformed represented party or security server is refused', async (t) => {
  for (const name of ['X-Road-Represented-Party', 'X-Road-Security-Server']) {
    t.equal(refusal(() => read(client, [name, 'VN/GOV/H26'])).code, 'header-invalid', name);
  }
});

t.test('the message id can be read of a request whose other headers are refused', async (t) => {
  t.same(readMessageId({ 'x-road-id': '42' }, defaults), { messageId: '42', messageIdMade: false });
});

t.test('no refusal repeats a value', async (t) => {
  const PERSONAL = '099190000001\u0001';
  for (const name of ['X-Road-Client', 'X-Road-Id', 'X-Road-UserId', 'X-Road-Issue', 'Exchange-Purpose']) {
    const lines: [string, string][] = name === 'X-Road-Client' ? [[name, PERSONAL]] : [client, [name, PERSONAL]];
    t.notMatch(refusal(() => read(...lines)).detail, /099190000001/, name);
  }
});
