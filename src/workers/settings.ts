/** Limits of many processes on one machine. */

import type { PulseSettings } from './pulse.ts';

export interface WorkerSettings {
  /** Processes that serve; 1 is one process without a parent. */
  readonly count: number;
  /** From a worker's start until it serves, milliseconds. */
  readonly readyTimeoutMs: number;
  /** For a caller on an idle connection to ask once more and be told that the connection ends, milliseconds. */
  readonly drainIdleMs: number;
  /** For a worker to take a connection; after that the parent refuses it by itself, milliseconds. */
  readonly seatWaitMs: number;
  /** For one process to answer another, milliseconds. */
  readonly askTimeoutMs: number;
  /** Questions of one process to another that wait for an answer. */
  readonly askPendingMax: number;
  /** Of each worker, for files and look-ups of names, where the environment does not say how many. */
  readonly poolThreads: number;
  /** Part of an agreement's burst that one worker takes from the parent at a time, percent. */
  readonly quotaLeasePercent: number;
  readonly pulse: PulseSettings;
  readonly restart: RespawnLimits;
}

export interface RespawnLimits {
  /** Time in which ends count. */
  readonly windowMs: number;
  /** Wait before the second start of a window; doubles with each further one. */
  readonly backoffMs: number;
  readonly backoffMsMax: number;
}
