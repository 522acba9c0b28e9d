/** Harms gateway, state database and registry in turns and together, at moments that chance picks, while senders send. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { LoopbackProxy } from './loopback-proxy.ts';
import { type PushGateway, type PushPlace, until } from './push-place.ts';
import type { Random } from './random-fixture.ts';
import { runSql } from './state-fixture.ts';

/**
 * Three are killed at any moment; `acceptance` is the gateway between a row that is durable and its record; `commits` are
 * those to the state database, and `effects` those to the registry, whose answers are lost.
 */
export type Harm = 'gateway' | 'state' | 'registry' | 'acceptance' | 'commits' | 'effects';

interface Moments {
  readonly upMs: number;
  readonly downMs: number;
  /** What the connection has sent whose commits lose their answers. */
  readonly words: readonly string[];
}

const harms: readonly Harm[] = ['gateway', 'state', 'registry', 'acceptance', 'commits', 'effects'];
/** They end the same process. */
const endGateway: readonly Harm[] = ['gateway', 'acceptance'];
const acceptance = 'lienthong insert';
const words = [acceptance, 'lienthong mark-recorded', 'lienthong claim', '"delivering"', '"retrying"', '"delivered"'];
/** Two at once as often as one in three. */
const togetherChance = 0.33;
const upMsMax = 600;
const downMsMax = 300;
const commitsMax = 4;
const heldUnrecorded = `SELECT FROM delivery_unrecorded JOIN deliveries d USING (id)
  WHERE EXISTS (SELECT FROM deliveries e WHERE e.order_key = d.order_key AND e.seq < d.seq AND e.final_ms IS NULL)`;
const turnMsMax = 15_000;
/** Long enough for a job that should not be there to be taken and begun. */
const unrecordedMs = 500;
/** What does not come by then is not on its way. */
const ambushMsMax = 1_000;
const startTriesMax = 5;

/** As many times as there are rounds; everything is up again afterwards. */
export async function runRounds(
  { place, gateway, random }: { readonly place: PushPlace; readonly gateway: PushGateway; readonly random: Random },
  rounds: number,
  begin: (round: number, done: readonly Harm[]) => void,
): Promise<void> {
  for (let round = 1; round <= rounds; round += 1) {
    const first = random.pick(harms);
    const second = random.chance(togetherChance) ? random.pick(harms) : first;
    const isOne = first === second || [first, second].every((harm) => endGateway.includes(harm));
    const done = isOne ? [first] : [first, second];
    const moments = done.map(() => momentsOf(random));
    begin(round, done);
    await Promise.all(done.map((harm, at) => inflict(harm, place, gateway, moments[at] as Moments)));
  }
}

function momentsOf(random: Random): Moments {
  const [upMs, downMs] = [random.below(upMsMax), random.below(downMsMax)];
  return { upMs, downMs, words: Array.from({ length: 1 + random.below(commitsMax) }, () => random.pick(words)) };
}

async function inflict(harm: Harm, place: PushPlace, gateway: PushGateway, moments: Moments): Promise<void> {
  await sleep(moments.upMs);
  switch (harm) {
    case 'gateway':
      return restartGateway(gateway, moments);
    case 'acceptance':
      return killUnrecorded(place, gateway, moments);
    case 'state':
    case 'registry':
      return restartServer(harm === 'state' ? place.state : place.registryServer, moments);
    case 'commits':
      for (const word of moments.words) await soon(place.stateProxy.loseCommitAfter(word));
      return place.stateProxy.relent();
    case 'effects':
      return loseEffects(place.registry, moments);
  }
}

async function restartGateway(gateway: PushGateway, { downMs }: Moments): Promise<void> {
  await gateway.kill();
  await sleep(downMs);
  await gateway.start();
}

async function killUnrecorded(place: PushPlace, gateway: PushGateway, moments: Moments): Promise<void> {
  await soon(place.stateProxy.keepCommitAfter(acceptance));
  place.stateProxy.relent();
  // Then it would be its turn, if it were in its queue.
  await until(
    () => runSql(place.stateUrl, heldUnrecorded).catch(() => []),
    (rows) => rows.length === 0,
    turnMsMax,
  );
  await sleep(unrecordedMs);
  await restartGateway(gateway, moments);
}

async function loseEffects(registry: LoopbackProxy, { words: commits }: Moments): Promise<void> {
  for (const _one of commits) {
    registry.loseAnswerTo('COMMIT');
    await sleep(ambushMsMax / commits.length);
  }
  registry.relent();
}

async function restartServer(server: PushPlace['state'], { downMs }: Moments): Promise<void> {
  await server.crash();
  await sleep(downMs);
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

async function soon(work: Promise<void>): Promise<void> {
  await Promise.race([work, sleep(ambushMsMax)]);
}
