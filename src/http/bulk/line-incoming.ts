/** Makes of each line of a bulk request what a request of its own would be: the headers of the whole, and what the line says itself. */

import type { OpenBulk } from '../../exchange/bulk/bulk-exchange.ts';
import type { SplitLine } from '../../exchange/bulk/split-lines.ts';
import type { Incoming } from '../../exchange/types.ts';
import { Problem } from '../../problems.ts';
import type { BulkSettings } from './bulk-settings.ts';
import { type LineRules, type ReadLine, readLine } from './read-line.ts';

export interface OpenedBulk {
  readonly bulk: Pick<OpenBulk, 'kind' | 'exchange' | 'refuse'>;
  /** The request as it was opened; its `messageName` names lines of a push that have no id. */
  readonly opened: Incoming;
  readonly rules: LineRules;
  readonly settings: Pick<BulkSettings, 'lineBytesMax'>;
  readonly nowMs: () => number;
  /** UUIDv7. */
  readonly makeExchangeId: () => string;
}

export interface LineIncoming {
  readonly incoming: Incoming;
  readonly refusal: Problem | undefined;
}

/** What cannot be read is to be refused under a name that is made. */
export function incomingOf(
  { opened, bulk, rules, settings, nowMs, makeExchangeId }: OpenedBulk,
  { number, content }: SplitLine,
  signal: () => AbortSignal,
): LineIncoming {
  const made = `${opened.messageName ?? opened.messageId}-${number}`;
  const base = { ...opened, id: makeExchangeId(), receivedAtMs: nowMs(), signal };
  const refused = (refusal: Problem) => ({
    incoming: { ...base, content: content ?? new Uint8Array(0), messageId: made, messageName: undefined },
    refusal,
  });
  if (content === undefined) {
    return refused(new Problem('content-too-large', `The line is longer than ${settings.lineBytesMax} bytes.`));
  }
  let line: ReadLine;
  try {
    line = readLine(content, rules);
  } catch (error) {
    return refused(error instanceof Problem ? error : failed(error));
  }
  if (line.id === undefined && opened.messageName === undefined && bulk.kind === 'push') {
    return refused(new Problem('header-missing', 'The line has no id, and the request no Idempotency-Key.'));
  }
  const { issue = opened.issue, official = opened.official, corrects, message } = line;
  const messageName = line.id ?? (opened.messageName === undefined ? undefined : made);
  const messageId = line.id ?? made;
  return {
    incoming: { ...base, content: message, messageId, messageName, issue, official, corrects },
    refusal: undefined,
  };
}

function failed(cause: unknown): Problem {
  return new Problem('internal-error', 'The gateway failed on this line.', { cause });
}
