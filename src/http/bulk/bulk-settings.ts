/** Every limit of a bulk request that its route keeps. */

export interface BulkSettings {
  /** Bulk requests at once, of all consumers. */
  readonly requestsMax: number;
  readonly requestsPerConsumerMax: number;
  /** Of one request, empty ones included. */
  readonly linesMax: number;
  readonly lineBytesMax: number;
  /** Of one request: bytes of lines that are empty or too long, which are read and not kept. */
  readonly skippedBytesMax: number;
  /** Refused lines (4xx) in a row after which a request ends. */
  readonly refusedInRowMax: number;
  /** Lines begun whose results are not written, of one request. */
  readonly inFlightMax: number;
  /** The same in bytes of their messages; one line is always begun. */
  readonly inFlightBytesMax: number;
  /** For the sender to send on, and for the reader to read on, milliseconds. */
  readonly idleMs: number;
  /** What still comes is read and dropped for so long after an answer that ended early, milliseconds: a reset would take its last lines along. */
  readonly lingerMs: number;
}
