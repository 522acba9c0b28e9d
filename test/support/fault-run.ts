/** One run of faults from a seed: so many rounds of harm under load, and everything that is wrong afterwards. */

import path from 'node:path';
import { findFaults } from './fault-findings.ts';
import { runRounds } from './fault-rounds.ts';
import { startSenders } from './fault-senders.ts';
import { projectRoot } from './gateway.ts';
import { createPushPlace } from './push-place.ts';
import { createRandom } from './random-fixture.ts';
import type { Teardown } from './servers.ts';

export interface FaultRun {
  readonly seed: number;
  readonly rounds: number;
  readonly tell: (line: string) => void;
}

export interface FaultReport {
  readonly acknowledged: number;
  readonly faults: readonly string[];
}

/** Living people of the sample. */
const pins = ['099190000001', '099088000002', '099075000007'];

export async function runFaults(t: Teardown, { seed, rounds, tell }: FaultRun): Promise<FaultReport> {
  const place = await createPushPlace(t, path.join(projectRoot, 'test/fixtures/quick-population'));
  const gateway = await place.gateway({ deliveries: { perSecondMax: 2000 } });
  await gateway.start();
  let now = 0;
  // Each has chances of its own: how fast one is changes nothing for the other.
  const senders = startSenders({ gateway, pins, random: createRandom(seed + 1), round: () => now });
  await runRounds({ place, gateway, random: createRandom(seed) }, rounds, (round, done) => {
    now = round;
    tell(`round ${round}: ${done.join(' and ')}, ${senders.acknowledged.length} acknowledged so far`);
  });
  await senders.stop();
  const faults = await findFaults(place, gateway, senders.acknowledged);
  return { acknowledged: senders.acknowledged.length, faults: [...senders.faults, ...faults] };
}
