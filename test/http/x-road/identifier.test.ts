/** X-Road identifiers have one canonical form, and what has none is refused without being repeated. */

import t from 'tap';
import {
  parseClientId,
  parseRepresentedParty,
  parseSecurityServer,
  parseServicePath,
} from '../../../src/http/x-road/identifier.ts';
import { refusal } from './refusals.ts';

t.test('a service path is five segments and a tail', async (t) => {
  const SERVICE = 'VN/GOV/G01/population/get-person';
  const parts = { serviceId: SERVICE, subsystemId: 'VN/GOV/G01/population', serviceCode: 'get-person' };
  const tails: Record<string, string[]> = {
    '': [],
    '/': [],
    '/v1': ['v1'],
    '/v1/': ['v1'],
    '/v1/a%2fb/%c3%B6': ['v1', 'a%2Fb', '%C3%B6'],
    '/path%3B/': ['path;'],
    '/./v1': ['v1'],
    '/v0/../v1': ['v1'],
    '/v0/%2e%2E/v1': ['v1'],
    '/v1/x/..': ['v1'],
    '/v1/...': ['v1', '...'],
  };
  for (const [tail, expected] of Object.entries(tails)) {
    t.same(parseServicePath(SERVICE + tail), { ...parts, tail: expected }, JSON.stringify(tail));
  }
});

t.test('equal identifiers are equal strings', async (t) => {
  const canonical: Record<string, string> = {
    'EE/BUSINESS/consumer': 'EE/BUSINESS/consumer',
    'EE/BUSINESS/consumer/sub%2Fsystem': 'EE/BUSINESS/consumer/sub%2Fsystem',
    'EE/BUSINESS/consumer/sub%2fsystem': 'EE/BUSINESS/consumer/sub%2Fsystem',
    '%45%45/BUSINESS/consumer/%73ub': 'EE/BUSINESS/consumer/sub',
    'EE/BUSINESS/consumer/%C3%B6%C3%A4%C3%A5': 'EE/BUSINESS/consumer/%C3%B6%C3%A4%C3%A5',
    'EE/BUSINESS/consumer/%c3%b6%c3%a4%c3%a5': 'EE/BUSINESS/consumer/%C3%B6%C3%A4%C3%A5',
    'EE/BUSINESS/consumer/a%20b': 'EE/BUSINESS/consumer/a%20b',
    'EE/BUSINESS/consumer/100%25': 'EE/BUSINESS/consumer/100%25',
    'EE/BUSINESS/consumer/a..b': 'EE/BUSINESS/consumer/a..b',
    "EE/BUSINESS/consumer/-._~!$&'()*+,;=:@": "EE/BUSINESS/consumer/-._~!$&'()*+,;=:@",
    'EE/BUSINESS/consumer/%2D%2E%5F%7E%21%24%26%27%28%29%2A%2B%2C%3B%3D%3A%40':
      "EE/BUSINESS/consumer/-._~!$&'()*+,;=:@",
  };
  for (const [header, expected] of Object.entries(canonical)) t.equal(parseClientId(header), expected, header);
});

t.test('an encoded slash does not make two segments', async (t) => {
  t.not(parseClientId('EE/BUSINESS/consumer/sub%2Fsystem'), 'EE/BUSINESS/consumer/sub/system');
  t.equal(refusal(() => parseClientId('EE/BUSINESS/consumer/sub/system')).code, 'client-identifier-invalid');
  t.equal(refusal(() => parseServicePath('EE%2FGOV%2Fm%2Fsub%2Fservice')).code, 'service-identifier-invalid');
});

t.test('a segment that has no canonical form is refused in every identifier', async (t) => {
  const faults: Record<string, RegExp> = {
    '': /empty/,
    'a b': /percent-encoded/,
    'a"b': /percent-encoded/,
    'a\\b': /percent-encoded/,
    'a?b': /percent-encoded/,
    'a#b': /percent-encoded/,
    'a[b]': /percent-encoded/,
    'caf\u00e9': /percent-encoded/,
    '%': /percent-encoded/,
    '%4': /percent-encoded/,
    '%XY': /percent-encoded/,
    'Test%': /percent-encoded/,
    '%u0041': /percent-encoded/,
    '%C3': /UTF-8/,
    '%C3%28': /UTF-8/,
    '%FF': /UTF-8/,
    '%C0%AF': /UTF-8/,
    '%ED%A0%80': /UTF-8/,
    '%F4%90%80%80': /UTF-8/,
    '%00': /invisible/,
    'a%0D%0Ab': /invisible/,
    '%7F': /invisible/,
    '%C2%85': /invisible/,
    '%E2%80%8B': /invisible/,
    '%E2%80%AE': /invisible/,
    '%EF%BB%BF': /invisible/,
    '%E2%80%A8': /invisible/,
    '.': /\. or \.\./,
    '..': /\. or \.\./,
    '%2e%2E': /\. or \.\./,
    '..%2Fadmin': /\. or \.\./,
    'x%5C..': /\. or \.\./,
  };
  for (const [segment, fault] of Object.entries(faults)) {
    const readings = {
      'client-identifier-invalid': () => parseClientId(`VN/GOV/${segment}`),
      'service-identifier-invalid': () => parseServicePath(`VN/GOV/${segment}/sub/service/v1`),
      'header-invalid': () => parseSecurityServer(`VN/GOV/${segment}/server`),
    };
    for (const [code, read] of Object.entries(readings)) {
      t.match(refusal(read), { code, detail: fault }, `${code}: ${JSON.stringify(segment)}`);
    }
  }
});

t.test('the number of segments is checked', async (t) => {
  const refused: [string, () => unknown][] = [
    ['client-identifier-invalid', () => parseClientId('')],
    ['client-identifier-invalid', () => parseClientId('EE/BUSINESS')],
    ['client-identifier-invalid', () => parseClientId('EE/BUSINESS/consumer/')],
    ['client-identifier-invalid', () => parseClientId('/EE/BUSINESS/consumer')],
    ['client-identifier-invalid', () => parseClientId('EE/BUSINESS/consumer/sub/service')],
    ['header-invalid', () => parseSecurityServer('EE/BUSINESS/owner')],
    ['header-invalid', () => parseSecurityServer('EE/BUSINESS/owner/server/x')],
    ['header-invalid', () => parseRepresentedParty('')],
    ['header-invalid', () => parseRepresentedParty('EE/BUSINESS/consumer')],
    ['service-identifier-invalid', () => parseServicePath('')],
    ['service-identifier-invalid', () => parseServicePath('invalid')],
    ['service-identifier-invalid', () => parseServicePath('VN/GOV/G01/population')],
    ['service-identifier-invalid', () => parseServicePath('VN/GOV/G01/population/')],
    ['service-identifier-invalid', () => parseServicePath('VN/GOV//population/get-person')],
    ['service-identifier-invalid', () => parseServicePath('/VN/GOV/G01/population/get-person')],
  ];
  for (const [index, [code, read]] of refused.entries()) t.equal(refusal(read).code, code, `row ${index}`);
});

t.test('a tail cannot leave its service or hide a segment', async (t) => {
  for (const tail of [
    '/..',
    '/../v1',
    '/v1/../..',
    '/%2e%2e/v1',
    '/v1/..%2F..',
    '/v1/x%5C..%5Cy',
    '//v1',
    '/v1//',
    '/%FF',
  ]) {
    const { code } = refusal(() => parseServicePath(`VN/GOV/G01/population/get-person${tail}`));
    t.equal(code, 'service-identifier-invalid', tail);
  }
});

t.test('a represented party is a member code, with its class or without', async (t) => {
  t.equal(parseRepresentedParty('Member'), 'Member');
  t.equal(parseRepresentedParty('Class/M%65mber'), 'Class/Member');
});

t.test('a refusal says where the fault is and never repeats what was sent', async (t) => {
  const { detail } = refusal(() => parseClientId('VN/GOV/099190000001"'));
  t.equal(detail, 'X-Road-Client has a segment 3 that holds a character that must be percent-encoded.');
  for (const read of [parseServicePath, parseRepresentedParty, parseSecurityServer]) {
    t.notMatch(refusal(() => read('VN/GOV/099190000001"/b')).detail, /099190000001/);
  }
});
