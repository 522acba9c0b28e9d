/** What travels with the abort signal of a call, so that sources know of its budget without each adapter having to hand it on. */

import type { CallAttributes } from './call-attributes.ts';

export interface CallSignal extends AbortSignal {
  /** When the call's budget is spent, by `performance.now()`; a source without one keeps to its own settings. */
  endsAtMs?: number | undefined;
  /** Of the budget, before it begins to run: what was waited for another gateway that asked the same. */
  spentMs?: number | undefined;
  /** Of the attempt, where its exchange is traced. */
  trace?: CallTrace | undefined;
  /** What the call counts as for those who bound what its registry is asked at once; the same for all its attempts. */
  place?: CallPlace | undefined;
}

export interface CallPlace {
  /** Resolves when the registry has let go of all that was given up; undefined where nothing was. Never rejects. */
  lingering: Promise<unknown> | undefined;
}

export interface CallTrace {
  /** For a registry that speaks HTTP: W3C Trace Context. */
  readonly traceParent: string;
  /** Takes what the source knows of its registry, by the names of OpenTelemetry's semantic conventions; no personal data. */
  describe(attributes: CallAttributes): unknown;
}

/** The rest of the budget, milliseconds, at least 1; undefined where the signal carries none. */
export function leftMsOf(signal: CallSignal): number | undefined {
  return signal.endsAtMs === undefined ? undefined : Math.max(1, signal.endsAtMs - performance.now());
}

/** Hands on what the signal carries to one that stands for it. */
export function carryOver(from: CallSignal | undefined, to: CallSignal): void {
  if (from?.endsAtMs !== undefined) to.endsAtMs = from.endsAtMs;
  if (from?.trace !== undefined) to.trace = from.trace;
  if (from?.place !== undefined) to.place = from.place;
}

/** A caller has been let go before its registry: the work, which must end soon, still holds a connection. */
export function linger({ place }: CallSignal, work: Promise<unknown>): void {
  if (place === undefined) return;
  const over = work.then(ignore, ignore);
  place.lingering = place.lingering === undefined ? over : Promise.all([place.lingering, over]);
}

const ignore = () => undefined;
