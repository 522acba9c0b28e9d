/** What an operator sets for deliveries. */

export interface DeliverySettings {
  /** File of the key that gateways on one state database share; one of the data folder's own where absent. */
  readonly keyFile?: string;
  /** Connections to the state database for accepting and delivering. */
  readonly connectionsMax: number;
  /** Pushes in one transaction, and pushes that may wait for the next one. */
  readonly acceptBatchMax: number;
  readonly acceptPendingMax: number;
  /** How long a transaction of pushes waits for names that another gateway is accepting at this moment, milliseconds. */
  readonly nameWaitMs: number;
  /** How often an empty queue is looked at, milliseconds. */
  readonly pollMs: number;
  /** Messages that a gateway takes out of a queue ahead of delivering them. */
  readonly fetchMax: number;
  /** Share of what a registry is asked at once that deliveries may take, percent; the rest is for queries. */
  readonly registryConcurrencyPercent: number;
  /** Messages a second that are begun at one registry, at most. */
  readonly perSecondMax: number;
  /** Pause where the registry has no slot free, milliseconds. */
  readonly busyRetryMs: number;
  /** How often what was left behind is looked for, milliseconds. */
  readonly sweepMs: number;
  /** Time after which what a silent gateway had in hand goes to the others, seconds. */
  readonly leaseSeconds: number;
  /** How long messages and results are kept after the end, hours. */
  readonly retainMessageHours: number;
  /** How long states are kept after the end, and with them the names of messages, days. */
  readonly retainStateDays: number;
  /** Rows that one pass of the sweep handles. */
  readonly sweepRowsMax: number;
  /** Pause after the state database failed, milliseconds. */
  readonly retryMs: number;
  /** Dead letters that one request may set going again. */
  readonly redeliverMax: number;
  /** How often what stands at each registry is counted, milliseconds. */
  readonly stockIntervalMs: number;
  /** The same where counting takes long, or fails again and again: at most. */
  readonly stockIntervalMsMax: number;
  /** Rows of a list where the request names no limit, and at most. */
  readonly pageRows: number;
  readonly pageRowsMax: number;
}
