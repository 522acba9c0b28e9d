/** How names are resolved; each limit in gateway.yaml under `names`. */

export interface NameSettings {
  /** So long a found address is used without asking again, milliseconds. */
  readonly keptMs: number;
  /** After that, for a new answer where an older one is known, milliseconds. */
  readonly slowMs: number;
  /** For an answer where none is known, milliseconds. */
  readonly timeoutMs: number;
  /** Age up to which an address stands in for an answer that does not come, milliseconds. */
  readonly staleMsMax: number;
  /** Names, and forms of question about them, that are known or asked at once. */
  readonly entriesMax: number;
}
