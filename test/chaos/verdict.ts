/** What a chaos run must not have: each kind counted, with the first few of it. */

import type { Phase } from './faults.ts';
import { isGood, noAnswer, type Sample } from './tally.ts';

export interface Evidence {
  readonly phases: readonly Phase[];
  readonly samples: readonly Sample[];
  /** Status of each entry of the exchange log, by exchange. */
  readonly recorded: ReadonlyMap<string, number>;
  /** A line for each push that was accepted and is not delivered with its effects, each once. */
  readonly lostPushes: readonly string[];
}

export interface Charge {
  readonly name: string;
  readonly count: number;
  /** The first ones. */
  readonly examples: readonly string[];
}

const examplesMax = 5;

/** Every kind, found or not. */
export function chargesOf({ phases, samples, recorded, lostPushes }: Evidence): Charge[] {
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
    charge('lost pushes', lostPushes),
    charge('others troubled', samples.filter((one) => isTroubledByOthers(one, phases)).map(at)),
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
  return exchangeId === undefined || recorded.get(exchangeId) !== status;
}

/** Refused, or not answered, although nothing was broken that the request needs. */
function isTroubledByOthers(one: Sample, phases: readonly Phase[]): boolean {
  if (isGood(one) || one.outcome === noAnswer) return false;
  return !during(one, phases).some(({ concerns }) => concerns.includes(one.group));
}

function isForsaken(one: Sample, phases: readonly Phase[]): boolean {
  return one.outcome === noAnswer && !during(one, phases).some(({ isGateway }) => isGateway);
}

function during({ sentMs, answeredMs }: Sample, phases: readonly Phase[]): Phase[] {
  return phases.filter(({ startMs, endMs }) => sentMs <= endMs && answeredMs >= startMs);
}
