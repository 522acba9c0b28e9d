/** The reader takes what JSON.parse takes, less everything over which two readers could disagree, and says where it stopped. */

import t from 'tap';
import { Problem } from '../../src/problems.ts';
import { parseJson } from '../../src/validation/index.ts';
import { readStrictJson } from '../../src/validation/json-strict.ts';

const limits = { depthMax: 8 };
const bytesOf = (text: string) => new TextEncoder().encode(text);
const parse = (text: string) => parseJson(bytesOf(text), limits);

/** The detail of the problem that a message raises; undefined if it is accepted. */
function faultOf(input: string | Uint8Array, depthMax = limits.depthMax): string | undefined {
  try {
    parseJson(typeof input === 'string' ? bytesOf(input) : input, { depthMax });
    return undefined;
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'json-malformed' || error.cause !== undefined) throw error;
    return error.detail;
  }
}

t.test('well-formed messages are parsed', async (t) => {
  for (const text of [
    '{}',
    ' \t\r\n[ ]\n',
    'null',
    '"Nguyễn Thị Hòa"',
    '-0.5e+10',
    '{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}',
    '{"a:b{}[]":"x:y{}[],\\":","":{"":0}}',
    '{"\\\\":1,"\\"":2,"\\\\\\"":3}',
    '"\\ud83d\\ude00"',
    '{"\\uD83D\\uDE00":"\\u0001 \\\\u0000 \\\\ud800"}',
    '"😀"',
    '{"toString":1,"constructor":2,"proto":3,"__proto":4}',
  ]) {
    t.same(parse(text), JSON.parse(text), text);
    t.same(readStrictJson(text, limits.depthMax), JSON.parse(text), `${text} read strictly`);
  }
});

t.test(
  'an escaped member name is read right even where JSON.parse has learnt another (nodejs/node issue 63785)',
  async (t) => {
    for (const [learnt, text, name] of [
      ['{"h":[],"\\\\":0}', '{"h":1,"\\"":2}', '"'],
      ['{"k":[],"\\\\n":0}', '{"k":1,"\\n":2}', '\n'],
    ] as const) {
      parse(learnt);
      t.same(Object.keys(parse(text) as object)[1], name, text);
    }
    parse('{"\\"":1,"\\\\":2}');
    t.match(faultOf('{"\\"":1,"\\"":2}'), /repeated in one object, at line 1, column 9/);
  },
);

t.test('a view into a larger buffer is read within its bounds', async (t) => {
  t.same(parseJson(bytesOf('xx{"a":1}yy').subarray(2, 9), limits), { a: 1 });
});

t.test('each fault is named with its place', async (t) => {
  const cases: readonly (readonly [string, string])[] = [
    ['{"a":1,"b":2,"a":3}', 'A member name is repeated in one object, at line 1, column 14.'],
    ['{"a":1,\n "\\u0061":2}', 'A member name is repeated in one object, at line 2, column 2.'],
    ['[{"x":[{"k":1,"k":1}]}]', 'A member name is repeated in one object, at line 1, column 15.'],
    ['{"":1,"":1}', 'A member name is repeated in one object, at line 1, column 7.'],
    ['{"\\ud83d\\ude00":1,"😀":1}', 'A member name is repeated in one object, at line 1, column 19.'],
    ['{"__proto__":1}', 'A member is named __proto__, at line 1, column 2.'],
    ['{"a":{"_\\u005fproto__":{}}}', 'A member is named __proto__, at line 1, column 7.'],
    ['\uFEFF{}', 'The message begins with a byte order mark, at line 1, column 1.'],
    ['"\\ud800"', 'A string holds a lone surrogate, at line 1, column 1.'],
    ['["ok","\\uDFFFx"]', 'A string holds a lone surrogate, at line 1, column 7.'],
    ['["ok","a\\u0000b"]', 'A string holds the character U+0000, at line 1, column 7.'],
    ['{"a\\u0000":1}', 'A string holds the character U+0000, at line 1, column 2.'],
    ['{"\\uD83D\\u0041":1}', 'A string holds a lone surrogate, at line 1, column 2.'],
    ['[[[[[[[[[]]]]]]]]]', 'The message is nested deeper than 8 levels, at line 1, column 9.'],
    ['', 'The message ends where a value should stand, at line 1, column 1.'],
    ['{"a":', 'The message ends where a value should stand, at line 1, column 6.'],
    ['{} {}', 'The message goes on behind its JSON value, at line 1, column 4.'],
    ['{"a":1,}', 'A member name in double quotes is missing, at line 1, column 8.'],
    ["{'a':1}", 'A member name in double quotes is missing, at line 1, column 2.'],
    ['{"a" 1}', 'A colon is missing behind a member name, at line 1, column 6.'],
    ['{"a":1 "b":2}', 'A comma or closing brace is missing in an object, at line 1, column 8.'],
    ['[1 2]', 'A comma or closing bracket is missing in an array, at line 1, column 4.'],
    ['[1,]', 'There is no JSON value, at line 1, column 4.'],
    ['"abc', 'A string is not closed, at line 1, column 1.'],
    ['"a\nb"', 'A control character stands unescaped in a string, at line 1, column 3.'],
    ['"a\\x"', 'A string holds an escape that JSON does not have, at line 1, column 3.'],
    ['"a\\u12"', 'A string holds an escape that JSON does not have, at line 1, column 3.'],
    ['NaN', 'There is no JSON value, at line 1, column 1.'],
    ['01', 'There is no JSON value, at line 1, column 1.'],
    ['[1.]', 'There is no JSON value, at line 1, column 2.'],
    ['{"a":1}\u00A0', 'The message goes on behind its JSON value, at line 1, column 8.'],
    ['// x', 'There is no JSON value, at line 1, column 1.'],
  ];
  for (const [text, detail] of cases) t.equal(faultOf(text), detail, JSON.stringify(text));
});

t.test('bytes that are not UTF-8 are refused with the place of the first', async (t) => {
  const quoted = (...middle: number[]) => Uint8Array.from([0x22, ...middle, 0x22]);
  t.equal(faultOf(quoted(0x41, 0xff)), 'The message is not UTF-8: byte 3 fits no character.');
  t.match(faultOf(quoted(0xed, 0xa0, 0x80)), /byte 3 fits/, 'a surrogate in three bytes');
  t.match(faultOf(quoted(0xc0, 0xaf)), /byte 2 fits/, 'an overlong form');
  t.match(faultOf(quoted(0xf4, 0x90, 0x80, 0x80)), /byte 3 fits/, 'beyond U+10FFFF');
  t.match(faultOf(Uint8Array.from([0xff, 0xfe, 0x7b, 0])), /byte 1 fits/, 'UTF-16');
  t.equal(faultOf(Uint8Array.from([0x22, 0xe1, 0xbb])), 'The message ends within a UTF-8 character.');
  t.match(faultOf(Uint8Array.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d])), /byte order mark/);
});

t.test('depth is counted in arrays and objects alike', async (t) => {
  t.equal(faultOf('1', 0), undefined);
  t.match(faultOf('{}', 0), /deeper than 0 levels/);
  t.equal(faultOf('[{}]', 2), undefined);
  t.equal(faultOf('["[[[[{{{{"]', 1), undefined, 'brackets in strings are none');
  t.match(faultOf('{"a":[{}]}', 2), /deeper than 2 levels/);
});

t.test('hostile nesting ends at the limit, closed or not', async (t) => {
  for (const text of ['['.repeat(1_000_000), `${'['.repeat(200_000)}${']'.repeat(200_000)}`, '{"a":'.repeat(200_000)]) {
    t.match(faultOf(text), /deeper than 8 levels/);
  }
});

t.test('no detail repeats what the message holds', async (t) => {
  const marker = 'Qzx8Wvj7';
  for (const text of [
    `{"${marker}":1,"${marker}":2}`,
    `{"a":${marker}}`,
    `["${marker}\\ud800"]`,
    `{"a":"${marker}}`,
    `{"a":"${marker}" "b"}`,
  ]) {
    t.notMatch(faultOf(text) ?? marker, marker, text);
  }
});

/** Deterministic pseudo-random numbers below a bound (mulberry32). */
function randomOf(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

/** The naive judge: JSON.parse for the grammar, then one token after another for everything else. */
function naivelyAccepted(text: string, depthMax: number): boolean {
  try {
    JSON.parse(text);
  } catch {
    return false;
  }
  const tokens = text.match(/"(?:\\.|[^"\\])*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  const open: Set<string>[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token === '{' || token === '[') open.push(new Set());
    if (token === '}' || token === ']') open.pop();
    if (open.length > depthMax) return false;
    if (!token.startsWith('"')) continue;
    const value: string = JSON.parse(token);
    if (!value.isWellFormed() || value.includes('\0')) return false;
    if (tokens[index + 1] !== ':') continue;
    if (value === '__proto__' || open.at(-1)?.has(value)) return false;
    open.at(-1)?.add(value);
  }
  return true;
}

t.test('generated messages get the verdict of the naive judge', async (t) => {
  const random = randomOf(20260105);
  const names = [
    '"a"',
    '"\\u0061"',
    '"b"',
    '"a:b"',
    '""',
    '"\\""',
    '"\\\\"',
    '"Hòa"',
    '"H\\u00f2a"',
    '"__proto__"',
    '"😀"',
  ];
  const scalars = [
    '1',
    '-2.5e3',
    'true',
    'null',
    '"x"',
    '":,{}[]"',
    '"\\\\\\""',
    '"\\ud83d\\ude00"',
    '"\\ud83d"',
    '"\\\\ud83d"',
  ];
  const pick = (list: readonly string[]) => list[random(list.length)] as string;
  const gap = () => pick(['', '', '', ' ', '\n']);
  const write = (depth: number): string => {
    const kind = depth > 5 ? 0 : random(4);
    if (kind < 2) return pick(random(12) === 0 ? scalars : scalars.slice(0, 7));
    const parts = Array.from({ length: random(4) }, () => {
      const name = pick(random(12) === 0 ? names : names.slice(random(8)));
      return kind === 2 ? write(depth + 1) : `${name}${gap()}:${gap()}${write(depth + 1)}`;
    });
    const [start, end] = kind === 2 ? '[]' : '{}';
    return `${start}${gap()}${parts.join(`${gap()},${gap()}`)}${gap()}${end}`;
  };
  const verdicts = { accepted: 0, refused: 0 };
  const wrong: string[] = [];
  for (let round = 0; round < 40_000; round++) {
    const text = write(0);
    const accepted = faultOf(text, 4) === undefined;
    verdicts[accepted ? 'accepted' : 'refused']++;
    if (accepted !== naivelyAccepted(text, 4)) wrong.push(text);
    else if (accepted && JSON.stringify(parse(text)) !== JSON.stringify(readStrictJson(text, 4))) wrong.push(text);
  }
  t.same(wrong, []);
  t.ok(verdicts.accepted > 4_000 && verdicts.refused > 4_000, JSON.stringify(verdicts));
});

t.test('damaged messages get the verdict of the naive judge and always a place', async (t) => {
  const random = randomOf(7);
  const seed = '{"pin":"099190000001","p":{"a":[1,-2.5e3,true,null],"b\\u00e0":"\\"\\\\x"},"ten":"Ho\\ud83d\\ude00"}';
  const alphabet = [
    '"',
    '\\',
    ':',
    ',',
    '{',
    '}',
    '[',
    ']',
    'u',
    'd',
    '0',
    '8',
    ' ',
    '\n',
    'p',
    'a',
    'ò',
    '\u0001',
    '',
  ];
  const wrong: string[] = [];
  let accepted = 0;
  for (let round = 0; round < 40_000; round++) {
    const characters = Array.from(seed);
    for (let count = 1 + random(3); count > 0; count--) {
      characters[random(characters.length)] = alphabet[random(alphabet.length)] as string;
    }
    const text = characters.join('');
    const fault = faultOf(text);
    if (fault === undefined) accepted++;
    if ((fault === undefined) !== naivelyAccepted(text, 8)) wrong.push(text);
    else if (fault !== undefined && !/, at line \d+, column \d+\.$/.test(fault)) wrong.push(`${fault} ${text}`);
  }
  t.same(wrong, []);
  t.ok(accepted > 1_000 && accepted < 39_000, String(accepted));
});
