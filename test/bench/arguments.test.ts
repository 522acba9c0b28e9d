/** The command line of the benchmark. */

import t from 'tap';
import { parseArguments } from '../../bench/arguments.ts';
import { scenarioNames } from '../../bench/scenarios.ts';

t.test('without arguments everything is measured thoroughly', async (t) => {
  t.match(parseArguments([]), { scenarios: scenarioNames, repeats: 5, seconds: 8, connections: 64 });
});

t.test('quick is shorter, and a single length can still be set', async (t) => {
  const quick = parseArguments(['--quick']);
  t.ok(quick.repeats * quick.seconds < 10);
  t.match(parseArguments(['--quick', '--seconds', '0.5']), { repeats: quick.repeats, seconds: 0.5 });
});

t.test('a profile is of the cache hit alone, unless others are named', async (t) => {
  t.match(parseArguments(['--profile', 'p']), { scenarios: ['cache-hit'], profileFolder: 'p' });
  t.match(parseArguments(['--profile', 'p', '--only', 'miss']), { scenarios: ['miss'] });
});

t.test('scenarios come in their own order, each once', async (t) => {
  t.same(parseArguments(['--only', 'miss,bare,miss']).scenarios, ['bare', 'miss']);
});

t.test('what cannot be meant is refused', async (t) => {
  const refused = [
    ['--only', 'cache-hits'],
    ['--only', ''],
    ['--repeats', '0'],
    ['--repeats', '1.5'],
    ['--repeats', ''],
    ['--seconds', 'long'],
    ['--connections', '100000'],
    ['--slow'],
    ['more'],
  ];
  for (const values of refused) t.throws(() => parseArguments(values), { name: 'UsageError' }, values.join(' '));
});
