/** A hundred rounds of killing gateway, state database and registry under load; as many as the first argument says, from the seed that the second one says. */

import t from 'tap';
import { runFaults } from '../support/fault-run.ts';

const [rounds = 100, seed = Date.now() % 1_000_000] = process.argv.slice(2).map(Number);
const roundMsMax = 10_000;

t.setTimeout(120_000 + rounds * roundMsMax);

t.test(`${rounds} rounds from seed ${seed}`, async (t) => {
  const { acknowledged, faults } = await runFaults(t, { seed, rounds, tell: (line) => t.comment(line) });
  t.same(faults, [], `again with: npm run test:faults -- ${rounds} ${seed}`);
  t.ok(acknowledged >= rounds, `${acknowledged} were acknowledged`);
});
