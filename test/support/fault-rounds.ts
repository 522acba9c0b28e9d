/** Kills gateway, state database and registry in turns and together, at moments that chance picks, while senders send. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { PushGateway, PushPlace } from './push-place.ts';
import type { Random } from './random-fixture.ts';

export type Victim = 'gateway' | 'state' | 'registry';

const victims: readonly Victim[] = ['gateway', 'state', 'registry'];
/** Two at once as often as one in three. */
const togetherChance = 0.33;
const upMsMax = 600;
const downMsMax = 300;
const startTriesMax = 5;

/** Ends as many lives as there are rounds; everything is up again afterwards. */
export async function runRounds(
  { place, gateway, random }: { readonly place: PushPlace; readonly gateway: PushGateway; readonly random: Random },
  rounds: number,
  begin: (round: number, killed: readonly Victim[]) => void,
): Promise<void> {
  for (let round = 1; round <= rounds; round += 1) {
    const first = random.pick(victims);
    const killed = random.chance(togetherChance) ? [...new Set([first, random.pick(victims)])] : [first];
    const pauses = killed.map(() => ({ upMs: random.below(upMsMax), downMs: random.below(downMsMax) }));
    begin(round, killed);
    await Promise.all(
      killed.map(async (victim, at) => {
        const { upMs = 0, downMs = 0 } = pauses[at] ?? {};
        await sleep(upMs);
        await kill(victim, place, gateway);
        await sleep(downMs);
        await start(victim, place, gateway);
      }),
    );
  }
}

async function kill(victim: Victim, place: PushPlace, gateway: PushGateway): Promise<void> {
  if (victim === 'gateway') return gateway.kill();
  return victim === 'state' ? place.state.crash() : place.registryServer.crash();
}

async function start(victim: Victim, place: PushPlace, gateway: PushGateway): Promise<void> {
  if (victim === 'gateway') return gateway.start();
  const server = victim === 'state' ? place.state : place.registryServer;
  for (let tries = 1; ; tries += 1) {
    try {
      return await server.start();
    } catch (error) {
      // Its shared memory is there for as long as one of its processes is.
      if (tries === startTriesMax) throw error;
      await sleep(200);
    }
  }
}
