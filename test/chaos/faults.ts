/** The script of a chaos run: every dependency and the gateway itself are stopped and killed in turn, and must come back by themselves. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../support/random-fixture.ts';
import type { Load } from './load.ts';
import type { ChaosPlace, Victim } from './place.ts';
import { freshInARow, type Group, groups } from './tally.ts';

export interface Phase {
  readonly name: string;
  /** Whose requests it may trouble; all others must not notice. */
  readonly concerns: readonly Group[];
  /** What was broken; absent in a calm phase. */
  readonly subject?: string;
  readonly startMs: number;
  /** When it was let go on or started again; the end of a calm phase. */
  readonly downUntilMs: number;
  readonly endMs: number;
  /** From the end of the fault until everything was right again; absent where it was not, and of a phase without a fault. */
  readonly recoveredMs?: number;
  /** The gateway itself: some requests have no answer. */
  readonly isGateway: boolean;
  /** Undefined where it recovered, or there was nothing to recover from. */
  readonly fault?: string;
}

export interface FaultSetup {
  readonly place: ChaosPlace;
  readonly load: Load;
  readonly random: Random;
  readonly seconds: number;
  readonly recoverSecondsMax: number;
  readonly signal: AbortSignal;
  readonly tell: (line: string) => void;
}

interface Subject {
  readonly name: string;
  readonly victims: readonly Pick<Victim, 'pause' | 'resume' | 'kill' | 'start'>[];
  readonly concerns: readonly Group[];
  /** What each has taken so far, in bytes; more of it says that it is sent to again. */
  readonly taken?: () => Promise<readonly number[]>;
}

/** What everything was asked that it needs in a row, freshly, before it counts as recovered. */
const freshWanted = 5;
const lookMs = 50;

export async function runFaults(setup: FaultSetup): Promise<Phase[]> {
  const { place, random } = setup;
  const { redis, state, population, judicial } = place.victims;
  const subjects: Subject[] = [
    { name: 'redis', victims: [redis], concerns: [] },
    { name: 'state database', victims: [state], concerns: ['pushes'] },
    { name: 'population', victims: [population], concerns: ['population'] },
    { name: 'judicial', victims: [judicial], concerns: ['judicial'] },
    { name: 'social affairs', victims: [place.victims['social-affairs']], concerns: ['social-affairs'] },
    { name: 'gateway', victims: [place.gateway], concerns: groups },
    ...outsideOf(place),
  ];
  const phases = [await calm(setup, 'calm')];
  for (const subject of shuffled(subjects, random)) {
    for (const kind of ['stopped', 'killed'] as const) phases.push(await faultOf(setup, subject, kind));
  }
  phases.push(await calm(setup, 'calm again'));
  return phases;
}

async function calm({ seconds, signal, tell }: FaultSetup, name: string): Promise<Phase> {
  tell(name);
  const startMs = performance.now();
  await sleep(seconds * 1000, undefined, { signal });
  const endMs = performance.now();
  return { name, concerns: [], startMs, downUntilMs: endMs, endMs, isGateway: false };
}

/** The two have nothing to do with each other: together they take the time of one. */
function outsideOf({ outside }: ChaosPlace): Subject[] {
  if (outside === undefined) return [];
  const both = [outside.receiver, outside.collector];
  const taken = () => Promise.all(both.map((one) => one.takenBytes()));
  return [{ name: 'receiver, collector', victims: both.map((one) => one.process), concerns: [], taken }];
}

async function faultOf(setup: FaultSetup, subject: Subject, kind: 'stopped' | 'killed'): Promise<Phase> {
  const { place, seconds, signal, tell } = setup;
  const { victims, concerns } = subject;
  const name = `${subject.name} ${kind}`;
  tell(name);
  const startMs = performance.now();
  for (const victim of victims) {
    if (kind === 'stopped') victim.pause();
    else await victim.kill();
  }
  await sleep(seconds * 1000, undefined, { signal });
  const downUntilMs = performance.now();
  for (const victim of victims) {
    if (kind === 'stopped') victim.resume();
    else await victim.start();
  }
  const revivedMs = performance.now();
  const recoveredMs = await recovery(setup, subject, revivedMs);
  return {
    name,
    subject: subject.name,
    concerns,
    startMs,
    downUntilMs,
    endMs: performance.now(),
    isGateway: victims.includes(place.gateway),
    ...(recoveredMs === undefined
      ? { fault: `not as before ${setup.recoverSecondsMax} s after it was there again` }
      : { recoveredMs }),
  };
}

/** Ready without reservation, every group served as before, and everybody sent to. */
async function recovery(setup: FaultSetup, { taken = async () => [] }: Subject, revivedMs: number) {
  const { place, load, recoverSecondsMax, signal } = setup;
  const takenBefore = await taken();
  const deadlineMs = revivedMs + recoverSecondsMax * 1000;
  while (performance.now() < deadlineMs) {
    const isServed = groups.every((group) => freshInARow(load.samples, group, revivedMs) >= freshWanted);
    const takenNow = await taken();
    const isSentTo = takenNow.every((bytes, at) => bytes > (takenBefore[at] ?? 0));
    if (isServed && isSentTo && (await isReady(place.url))) return performance.now() - revivedMs;
    await sleep(lookMs, undefined, { signal });
  }
  return undefined;
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(5000) });
    return ((await response.json()) as { status: string }).status === 'ok';
  } catch {
    return false;
  }
}

function shuffled<T>(all: readonly T[], random: Random): T[] {
  return all
    .map((one) => ({ one, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);
}
