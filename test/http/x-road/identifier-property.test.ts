/** Whatever its segments hold and however they are encoded, an identifier comes back as it went in. */

import t from 'tap';
import {
  formatIdentifier,
  identifierSegments,
  parseClientId,
  parseServicePath,
} from '../../../src/http/x-road/identifier.ts';

const CASES = 3000;

/** Mulberry32: small, and the same on every machine. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const ALPHABET = [...'abcXYZ019-._~!$&\'()*+,;=:@ /\\%"<>?#[]|ĐđÒòạ学🏛'];

function segment(below: (limit: number) => number): string {
  const length = 1 + below(6);
  const text = Array.from({ length }, () => ALPHABET[below(ALPHABET.length)]).join('');
  return text.split(/[/\\]/).some((part) => part === '.' || part === '..') ? 'dotted' : text;
}

/** Each byte percent-encoded at random, in either case, where the protocol leaves the choice. */
function encodeLoosely(text: string, below: (limit: number) => number): string {
  return [...text]
    .map((character) => {
      if (/[\w\-.~!$&'()*+,;=:@]/.test(character) && below(3) > 0) return character;
      const escaped = [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
      return below(2) === 0 ? escaped : escaped.toUpperCase();
    })
    .join('');
}

t.test('every encoding of the same segments has one canonical form, which decodes to them', async (t) => {
  const below = generator(20250701);
  for (let round = 0; round < CASES; round++) {
    const segments = Array.from({ length: 3 + below(2) }, () => segment(below));
    const canonical = formatIdentifier(segments);
    const parsed = parseClientId(segments.map((text) => encodeLoosely(text, below)).join('/'));
    if (parsed !== canonical) t.equal(parsed, canonical, JSON.stringify(segments));
    if (parseClientId(canonical) !== canonical) t.fail(`not stable: ${canonical}`);
    if (identifierSegments(parsed).join('\0') !== segments.join('\0')) t.fail(`lost: ${JSON.stringify(segments)}`);
  }
  t.pass(`${CASES} identifiers`);
});

t.test('different segments never share a canonical form', async (t) => {
  const below = generator(4);
  const seen = new Map<string, string>();
  for (let round = 0; round < CASES; round++) {
    const segments = Array.from({ length: 3 }, () => segment(below).slice(0, 2) || 'x');
    if (segments.some((text) => text === '.' || text === '..' || !text.isWellFormed())) continue;
    const canonical = formatIdentifier(segments);
    const source = JSON.stringify(segments);
    if ((seen.get(canonical) ?? source) !== source) t.fail(`${source} and ${seen.get(canonical)} are ${canonical}`);
    seen.set(canonical, source);
  }
  t.ok(seen.size > CASES / 2, `${seen.size} different identifiers`);
});

t.test('service, subsystem and tail of a path add up to its segments', async (t) => {
  const below = generator(77);
  for (let round = 0; round < CASES; round++) {
    const segments = Array.from({ length: 5 + below(3) }, () => segment(below));
    const path = parseServicePath(segments.map((text) => encodeLoosely(text, below)).join('/'));
    const whole = [path.subsystemId, path.serviceCode, ...path.tail].join('/');
    if (whole !== formatIdentifier(segments)) t.equal(whole, formatIdentifier(segments));
    if (path.serviceId !== `${path.subsystemId}/${path.serviceCode}`) t.fail(path.serviceId);
  }
  t.pass(`${CASES} paths`);
});
