/** The order of rounds, and when one is done again. */

import t from 'tap';
import { measure } from '../../bench/measure.ts';
import type { Trial } from '../../bench/trials/trial.ts';

const settings = { rounds: 2, repeatsMax: 1, seconds: 0.01, warmupSeconds: 0.02, connections: 1 };

function recorded(calls: string[], more: Partial<Trial> = {}): Trial {
  const side = (name: string) => async (seconds: number) => {
    calls.push(`${name} ${seconds}`);
    return { perSecond: 1 };
  };
  return { own: side('own'), reference: side('reference'), ...more };
}

t.test('both sides are warmed up, then measured in turn, every second round backwards', async (t) => {
  const calls: string[] = [];
  const rounds = await measure('record', recorded(calls), settings);
  t.same(calls.slice(0, 6), [
    ...['reference 0.02', 'own 0.02'],
    ...['own 0.01', 'reference 0.01'],
    ...['reference 0.01', 'own 0.01'],
  ]);
  t.ok(rounds.length >= settings.rounds && rounds.length <= settings.rounds + settings.repeatsMax);
  t.same(
    rounds.map(({ round, scenario }) => ({ round, scenario })),
    rounds.map((_one, at) => ({ round: at + 1, scenario: 'record' })),
  );
});

t.test('a trial that measured something else than it says fails the run', async (t) => {
  const check = async () => {
    throw new Error('the answers came from elsewhere');
  };
  await t.rejects(measure('record', recorded([], { check }), settings), /came from elsewhere/);
});
