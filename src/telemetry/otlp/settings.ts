/** What an operator sets for traces and metrics that are sent to a collector; loads nothing. */

export interface OtlpSettings {
  /** `http(s)://host[:port][/prefix]` of the collector; `/v1/traces` and `/v1/metrics` are put behind it. */
  readonly url: string;
  /** Sent with each request, such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Authorities (PEM) that may have signed the collector's certificate, relative to the configuration folder; those of Node where absent. */
  readonly caFile?: string;
  /** Share of the exchanges that are traced where their caller has not decided it, 0 to 1. */
  readonly sampleRatio: number;
  /** For spans to be sent, milliseconds; earlier where there are `spansBatchMax`. */
  readonly traceIntervalMs: number;
  readonly metricIntervalMs: number;
  /** For one export, from its first try to the last byte of the collector's answer, milliseconds; for closing as well. */
  readonly timeoutMs: number;
  /** Spans that wait to be sent; further ones are dropped. */
  readonly spansWaitingMax: number;
  readonly spansBatchMax: number;
}
