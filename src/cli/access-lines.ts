/** What `log verify-accesses` tells a person about the answers that they kept. */

import { type CheckedVouching, describeVouching } from './log-lines.ts';

export interface CheckedAccesses {
  readonly origin: string;
  readonly files: number;
  readonly names: readonly {
    readonly log: string;
    readonly entries: number;
    readonly last: number;
    readonly lookedAt: string | undefined;
    readonly missing: readonly (readonly [number, number])[];
  }[];
  readonly elsewhere: ReadonlyMap<string, number>;
  readonly withoutLook: readonly string[];
  /** Newest checkpoint of each log. */
  readonly heads: readonly { readonly origin: string; readonly size: number; readonly vouching: CheckedVouching }[];
}

export function describeAccesses({ origin, files, names, elsewhere, heads }: CheckedAccesses): string {
  const entries = names.reduce((sum, name) => sum + name.entries, 0);
  const logs = [...new Set([origin, ...names.map(({ log }) => log)])].join(' and ');
  return [
    `The proofs hold: ${entries} entries of ${logs} about one person, in ${files} ${files === 1 ? 'answer' : 'answers'}.`,
    ...names.filter(({ missing }) => missing.length === 0).map(describeName),
    ...heads.flatMap(describeHead),
    'Entries about others are not among them, even where their answers held data of this person. What members and services are called ("names") is not covered by the proofs.',
    ...[...elsewhere].map(
      ([log, rows]) => `${rows} rows are of ${log} and not proven here: ask the gateway of that log.`,
    ),
  ].join('\n');
}

/** Undefined where every number is there, and a question in each log shows that no more are. */
export function describeMissing({ names, withoutLook }: CheckedAccesses): string | undefined {
  const gaps = names
    .filter(({ missing }) => missing.length > 0)
    .map(({ log, missing, last }) => {
      const numbers = missing.map(([from, to]) => (from === to ? `${from}` : `${from} to ${to}`)).join(', ');
      return `Not complete: of the numbers 1 to ${last} of ${log}, ${numbers} are missing. Ask for the other pages, without a period; if there are none, entries have been left out.`;
    });
  const open = withoutLook.map(
    (log) =>
      `Not complete: no question proven in ${log} shows that no entry there was left out. Give the key of that log (--key), and what its own gateway answers where that is another one.`,
  );
  const lines = [...gaps, ...open];
  return lines.length === 0 ? undefined : lines.join('\n');
}

function describeName({ log, last, lookedAt }: CheckedAccesses['names'][number]): string {
  const there = `Numbers 1 to ${last} of ${log}`;
  return lookedAt === undefined
    ? `${there}, under one of the person’s names, are all there; whether more followed under it, these answers do not show.`
    : `${there} are all there: no entry of that log about this person was left out up to the question of ${lookedAt}.`;
}

/** Without a word where nobody but the log signed. */
function describeHead({ origin, size, vouching }: CheckedAccesses['heads'][number]): string[] {
  const lines = describeVouching(vouching);
  return lines.length === 0 ? [] : [`The checkpoint of ${size} entries of ${origin}:`, ...lines];
}
