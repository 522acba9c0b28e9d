/** A few rounds of the killing that `npm run test:faults` does for minutes: whatever was acknowledged has its one effect, in order. */

import t from 'tap';
import { runFaults } from '../support/fault-run.ts';

t.setTimeout(180_000);

const rounds = 10;
const seed = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000);

t.test(
  'killed again and again under load, nothing acknowledged is lost, doubled, out of order or unrecorded',
  async (t) => {
    const { acknowledged, faults } = await runFaults(t, { seed, rounds, tell: (line) => t.comment(line) });
    t.same(faults, [], `FAULT_SEED=${seed}`);
    t.ok(acknowledged >= rounds, `${acknowledged} were acknowledged`);
  },
);
