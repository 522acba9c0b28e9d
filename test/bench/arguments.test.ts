/** Command lines of the benchmark's programs. */

import t from 'tap';
import { type Options, readArguments, usageOf } from '../../bench/arguments.ts';
import { benchOptions, benchOptionsOf } from '../../bench/bench-options.ts';
import { scenarios } from '../../bench/scenarios.ts';

const options = {
  rounds: { type: 'number', default: 3, min: 1, max: 10, whole: true, help: 'how often' },
  share: { type: 'number', min: 0, max: 1, help: 'how much' },
  workers: { type: 'numbers', default: [1, 2], min: 1, max: 8, whole: true, help: 'how many' },
  file: { type: 'text', help: 'where to' },
  quick: { type: 'flag', help: 'soon' },
} as const satisfies Options;

t.test('what is not given has its default, or none', async (t) => {
  const absent = { share: undefined, file: undefined };
  t.same(readArguments(options, []), { rounds: 3, workers: [1, 2], quick: false, ...absent });
  t.same(readArguments(options, ['--rounds', '5', '--share', '0.5', '--workers', '4,8', '--file', 'f', '--quick']), {
    ...{ rounds: 5, share: 0.5, workers: [4, 8], file: 'f', quick: true },
  });
});

t.test('what cannot be meant is refused, with what could be', async (t) => {
  const refused: [string[], RegExp][] = [
    [['--rounds', '0'], /--rounds must be a whole number from 1 to 10, not "0"/],
    [['--rounds', '1.5'], /--rounds/],
    [['--rounds', ''], /--rounds/],
    [['--share', 'half'], /--share must be a number from 0 to 1/],
    [['--workers', '1,9'], /--workers must be a whole number from 1 to 8, not "9"/],
    [['--slow'], /--slow/],
    [['more'], /more/],
  ];
  for (const [given, message] of refused) {
    t.throws(() => readArguments(options, given), { name: 'UsageError', message }, given.join(' '));
  }
});

t.test('the usage has a line for each option', async (t) => {
  t.same(usageOf('node x.ts', options).split('\n').slice(0, 3), [
    'node x.ts [options]',
    '  --rounds N     how often',
    '  --share N      how much',
  ]);
});

const bench = (...given: string[]) => benchOptionsOf(readArguments(benchOptions, given));

t.test('without arguments every aim is measured, in five rounds at least, quick ones too', async (t) => {
  for (const options of [bench(), bench('--quick')]) {
    t.ok(options.rounds >= 5);
    t.ok(options.repeatsMax > 0 && options.repeatsMax <= options.rounds);
    t.ok(options.scenarios.every((name) => 'wanted' in scenarios[name]));
  }
  t.ok(bench('--quick').seconds < bench().seconds);
  t.match(bench('--quick', '--seconds', '3'), { seconds: 3, rounds: bench('--quick').rounds });
});

t.test('peers and what takes long are measured only when asked for', async (t) => {
  t.notOk(bench().scenarios.some((name) => name.startsWith('peer-') || name === 'growth-log'));
  t.ok(bench('--peers').scenarios.includes('peer-nginx'));
  t.ok(bench('--long').scenarios.includes('growth-log'));
});

t.test('a profile is of the cache hit alone, unless others are named', async (t) => {
  t.match(bench('--profile', 'p'), { scenarios: ['cache-hit'], profileFolder: 'p' });
  t.match(bench('--profile', 'p', '--only', 'miss-rest'), { scenarios: ['miss-rest'] });
});

t.test('scenarios come in their own order, each once, and unknown ones are refused', async (t) => {
  t.same(bench('--only', 'record,cache-hit,record').scenarios, ['cache-hit', 'record']);
  for (const only of ['cache-hits', '', 'cache-hit,']) {
    t.throws(() => bench('--only', only), { name: 'UsageError', message: /there is no scenario/ });
  }
});
