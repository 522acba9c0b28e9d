/** What an operator sets for events. */

export interface EventSettings {
  /** How long events are kept, days. */
  readonly retainDays: number;
  /** Events in one answer where the request names no limit, and at most. */
  readonly pageEvents: number;
  readonly pageEventsMax: number;
  /** How long a request may wait for an event, seconds. */
  readonly waitSecondsMax: number;
  /** Requests that may wait at a time, and those of one subscriber among them; further ones are refused. */
  readonly waitingMax: number;
  readonly waitingPerConsumerMax: number;
  /** Events, told again or not, that one subscriber is told by asking, a second, over all gateways; a request counts as one at least. */
  readonly toldPerSecond: number;
  /** Of them at once. */
  readonly toldBurst: number;
  /** How often is looked for what other gateways announced, milliseconds. */
  readonly pollMs: number;
  /** Events that are numbered, or forgotten, in one transaction. */
  readonly batchMax: number;
  /** How often old events are forgotten, milliseconds. */
  readonly forgetMs: number;
  /** Pause after the state database failed, milliseconds. */
  readonly retryMs: number;
}
