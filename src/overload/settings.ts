/** Every limit by which exchanges are turned away before they cost anything. */

export interface OverloadSettings {
  /** Exchanges under way at once, in one process, without those that have waited for `longWaitMs`. */
  readonly inFlightMax: number;
  /** As many are taken however busy the process is. It begins with a quarter of `inFlightMax`, and finds what it keeps up with. */
  readonly inFlightMin: number;
  /** How late half of the event loop's turns may be before fewer exchanges are taken, milliseconds. */
  readonly loopDelayMsMax: number;
  /** Of its time, in which the event loop may be at work before no more exchanges are taken than at present. */
  readonly loopBusyPercentMax: number;
  /** How often that is looked at, milliseconds. */
  readonly checkIntervalMs: number;
  /** Of the exchanges that are taken at present, how many may be of priority `batch`. */
  readonly batchPercent: number;
  /** Of the exchanges that are taken at present: from there on no consumer gets more than its fair share. */
  readonly fairFromPercent: number;
  /** Of the exchanges that are taken at present, and of those that may wait: kept for consumers that have less than half of their fair share. */
  readonly keptPercent: number;
  /** Whoever has waited so long for a registry or the state database leaves the place to others until the answer is there, milliseconds. */
  readonly longWaitMs: number;
  /** Of `inFlightMax`: exchanges that may wait for one registry at once, and for the state database. */
  readonly waitersPercent: number;
  /** What whoever is turned away is told to wait, seconds. */
  readonly retryAfterSeconds: number;
}
