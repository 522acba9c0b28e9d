/** Reads one line of a bulk request: the message as its sender wrote it, and what stands beside it. */

import { lineMembers } from '../../exchange/bulk/line-members.ts';
import type { MessageParser } from '../../exchange/ports.ts';
import { Problem } from '../../problems.ts';
import { exchangeIdForm } from '../exchange-id.ts';
import { PRINTABLE_ASCII, UNPRINTABLE, type XRoadHeaderLimits } from '../x-road/headers.ts';

/** Absent members are those of the request's headers. */
export interface ReadLine {
  readonly id: string | undefined;
  readonly message: Uint8Array;
  readonly issue: string | undefined;
  readonly official: string | undefined;
  readonly corrects: string | undefined;
}

export interface LineRules {
  readonly parser: MessageParser;
  readonly limits: XRoadHeaderLimits;
  /** Of the message alone. */
  readonly bodyBytesMax: number;
}

/** `line` and `problem` are what an error file adds; they say nothing here, so that it can be sent as it is. */
const known = new Set(['id', 'message', 'issue', 'official', 'corrects', 'line', 'problem']);
const names = [...known].join(', ');

/** Throws Problem `line-malformed`, `json-malformed`, `header-invalid`, `content-too-large`. */
export function readLine(content: Uint8Array, rules: LineRules): ReadLine {
  const { limits } = rules;
  const members = lineMembers(content);
  if (members === undefined) throw malformed('A line must be one JSON object, with each member once.');
  for (const name of members.keys())
    if (!known.has(name)) throw malformed(`A line has no other members than ${names}.`);
  const message = members.get('message');
  if (message === undefined) throw malformed('The line has no member "message".');
  if (message.byteLength > rules.bodyBytesMax) {
    throw new Problem('content-too-large', `The message is larger than ${rules.bodyBytesMax} bytes.`);
  }
  const text = (name: string, charactersMax: number, fits: (value: string) => boolean) =>
    readText(name, members.get(name), charactersMax, fits, rules.parser);
  return {
    id: text('id', limits.messageIdCharactersMax, (value) => PRINTABLE_ASCII.test(value)),
    message,
    issue: text('issue', limits.issueCharactersMax, isVisible),
    official: text('official', limits.userIdCharactersMax, isVisible),
    corrects: text('corrects', limits.messageIdCharactersMax, (value) => exchangeIdForm.test(value)),
  };
}

const isVisible = (value: string) => !UNPRINTABLE.test(value);
const malformed = (detail: string) => new Problem('line-malformed', detail);

/** As the headers of the same meaning are read: an empty one counts as absent. */
function readText(
  name: string,
  bytes: Uint8Array | undefined,
  charactersMax: number,
  fits: (value: string) => boolean,
  parser: MessageParser,
): string | undefined {
  if (bytes === undefined) return undefined;
  const value = parser.parse(bytes);
  if (value === '' || value === null) return undefined;
  if (typeof value === 'string' && value.length <= charactersMax && fits(value)) return value;
  throw new Problem('header-invalid', `${name} of a line is no text that the header of its meaning could hold.`);
}
