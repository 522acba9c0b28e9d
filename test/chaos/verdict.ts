/** What a chaos run must not have: each kind counted, with the first few of it. */

import type { PushesAmiss, Recorded } from './afterwards.ts';
import type { Phase } from './faults.ts';
import { type LatencyBound, slowedOthers } from './neighbours.ts';
import { isTimely, noAnswer, type Sample } from './tally.ts';

export interface Evidence {
  readonly phases: readonly Phase[];
  readonly samples: readonly Sample[];
  readonly recorded: Recorded;
  /** Of those that were accepted. */
  readonly pushes: PushesAmiss;
  /** A line for each delivery that its sender's webhook was not told. */
  readonly untold: readonly string[];
  readonly bound: LatencyBound;
}

export interface Charge {
  readonly name: string;
  readonly count: number;
  /** The first ones. */
  readonly examples: readonly string[];
}

const examplesMax = 5;

/** Every kind, found or not. */
export function chargesOf({ phases, samples, recorded, pushes, untold, bound }: Evidence): Charge[] {
  const at = ({ outcome, group, sentMs }: Sample) =>
    `${group} ${outcome} (${phases.find(({ endMs }) => sentMs < endMs)?.name ?? 'at the end'})`;
  const charge = (name: string, lines: readonly string[]): Charge => ({
    name,
    count: lines.length,
    examples: lines.slice(0, examplesMax),
  });
  return [
    charge(
      'wrong answers',
      samples.flatMap((one) => (one.wrong === undefined ? [] : [`${at(one)}: ${one.wrong}`])),
    ),
    charge('unrecorded', samples.filter((one) => isUnrecorded(one, recorded)).map(at)),
    charge('double records', [...recorded.doubled, ...ofNobody(samples, recorded), ...pushes.doubled]),
    charge('lost pushes', pushes.lost),
    charge('untold deliveries', untold),
    charge('others troubled', samples.filter((one) => isTroubledByOthers(one, phases)).map(at)),
    charge('others slowed', slowedOthers(phases, samples, bound)),
    charge('without an answer', samples.filter((one) => isForsaken(one, phases)).map(at)),
    charge(
      'not recovered',
      phases.flatMap(({ name, fault }) => (fault === undefined ? [] : [`${name}: ${fault}`])),
    ),
  ];
}

/** What is turned away at the door is counted in an entry for many (docs/overload.md). */
export function isUnrecorded({ outcome, status, exchangeId }: Sample, recorded: Evidence['recorded']): boolean {
  if (status === undefined || outcome === 'overloaded') return false;
  return exchangeId === undefined || recorded.statuses.get(exchangeId) !== status;
}

/** One call, one entry: only a call that got no answer may have one that the caller does not know of. */
function ofNobody(samples: readonly Sample[], { statuses }: Recorded): string[] {
  const known = new Set(samples.map(({ exchangeId }) => exchangeId));
  const strange = [...statuses.keys()].filter((id) => !known.has(id));
  const unanswered = samples.filter(({ status }) => status === undefined).length;
  return strange.slice(unanswered).map((id) => `${id} is in the log, and no caller's`);
}

/** Refused, or answered by what is old, although nothing was broken that the request needs. */
function isTroubledByOthers(one: Sample, phases: readonly Phase[]): boolean {
  if (isTimely(one) || one.outcome === noAnswer) return false;
  return !during(one, phases).some(({ concerns }) => concerns.includes(one.group));
}

function isForsaken(one: Sample, phases: readonly Phase[]): boolean {
  return one.outcome === noAnswer && !during(one, phases).some(({ isGateway }) => isGateway);
}

function during({ sentMs, answeredMs }: Sample, phases: readonly Phase[]): Phase[] {
  return phases.filter(({ startMs, endMs }) => sentMs <= endMs && answeredMs >= startMs);
}
