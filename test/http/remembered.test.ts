/** What is remembered is what would have been read, and no more of it than said. */

import t from 'tap';
import { remembering } from '../../src/http/remembered.ts';
import { parseServicePath } from '../../src/http/x-road/identifier.ts';
import { createRandom } from '../support/random-fixture.ts';

t.test('the same text is read once', async (t) => {
  let readings = 0;
  const read = remembering((text) => {
    readings += 1;
    return text.toUpperCase();
  }, 10);
  t.same([read('a'), read('a'), read('b')], ['A', 'A', 'B']);
  t.equal(readings, 2);
});

t.test('when there is no more room everything is read again, and answers stay right', async (t) => {
  const readings: string[] = [];
  const read = remembering((text) => {
    readings.push(text);
    return text;
  }, 2);
  for (const text of ['a', 'b', 'a', 'c', 'c', 'a']) t.equal(read(text), text);
  t.same(readings, ['a', 'b', 'c', 'a']);
});

t.test('a refusal is made anew each time', async (t) => {
  const read = remembering((text): string => {
    throw new Error(text);
  }, 10);
  const errors = [1, 2].map(() => {
    try {
      return read('a');
    } catch (error) {
      return error;
    }
  });
  t.not(errors[0], errors[1]);
});

t.test('paths come out as they are read without remembering, refusals included', async (t) => {
  const random = createRandom(5);
  const read = remembering(parseServicePath, 20);
  const pieces = [
    'VN',
    'GOV',
    'G01',
    'population',
    'get-person',
    'v1',
    '%2e',
    '%41',
    '..',
    '.',
    '',
    'a b',
    '%C4%91',
    'đ',
  ];
  const outcome = (parse: typeof parseServicePath, path: string) => {
    try {
      return parse(path);
    } catch (error) {
      return (error as Error).message;
    }
  };
  for (let tried = 0; tried < 3000; tried += 1) {
    const path = Array.from({ length: 4 + random.below(4) }, (_, index) =>
      random.chance(0.9) ? (pieces[Math.min(index, 5)] as string) : random.pick(pieces),
    ).join('/');
    t.same(outcome(read, path), outcome(parseServicePath, path), path);
  }
});
