/** The second crash comes while the log recovers from the first: what held after one holds after any number. */

import t from 'tap';
import { crashEverywhere, newLog, recoverFromAll } from '../support/crash-fixture.ts';

t.setTimeout(60_000);

for (const kind of ['killed', 'mixed'] as const) {
  t.test(`a crash while the log recovers, ${kind === 'killed' ? 'killed' : 'after a power cut'}`, async (t) => {
    const crashes = await crashEverywhere(t, newLog, [1, 100, 160]);
    const worst = crashes.reduce((one, other) =>
      other.acknowledged - other.published >= one.acknowledged - one.published ? other : one,
    );
    t.ok(worst.acknowledged - worst.published > 100, 'there is something to recover');
    const { recoveries, faults } = await recoverFromAll(
      t,
      await crashEverywhere(t, { ...worst, remains: worst[kind] }, [1]),
    );
    t.strictSame(faults, [], 'every acknowledged entry is there, and the log goes on');
    t.ok(recoveries > 10, 'the recovery itself was cut', { recoveries });
  });
}
