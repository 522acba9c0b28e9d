/** Middle and extremes of a few rounds. */

import t from 'tap';
import { median, percentile, spreadOf } from '../../bench/statistics.ts';

t.test('the median is the middle value, or the mean of the two in the middle', async (t) => {
  t.equal(median([9, 1, 5]), 5);
  t.equal(median([9, 1, 5, 7]), 6);
  t.equal(median([4]), 4);
  t.throws(() => median([]), RangeError);
});

t.test('a spread is order-blind and leaves its values alone', async (t) => {
  const values = [3, 10, 2];
  t.same(spreadOf(values), { median: 3, min: 2, max: 10 });
  t.same(values, [3, 10, 2]);
});

t.test('a percentile is the least value that so many do not exceed', async (t) => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
  t.equal(percentile(hundred, 50), 50);
  t.equal(percentile(hundred, 99), 99);
  t.equal(percentile(hundred, 100), 100);
  t.equal(percentile([7], 99), 7);
  t.throws(() => percentile([], 50), RangeError);
});
