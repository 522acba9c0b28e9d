/** What `log verify-accesses` tells a person about the answers that they kept. */

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
}

export function describeAccesses({ origin, files, names, elsewhere }: CheckedAccesses): string {
  const entries = names.reduce((sum, name) => sum + name.entries, 0);
  const logs = [...new Set([origin, ...names.map(({ log }) => log)])].join(' and ');
  return [
    `The proofs hold: ${entries} entries of ${logs} about one person, in ${files} ${files === 1 ? 'answer' : 'answers'}.`,
    ...names.filter(({ missing }) => missing.length === 0).map((name) => describeName(name, origin)),
    'Entries about others are not among them, even where their answers held data of this person. What members and services are called ("names") is not covered by the proofs.',
    ...[...elsewhere].map(
      ([log, rows]) => `${rows} rows are of ${log} and not proven here: ask the gateway of that log.`,
    ),
  ].join('\n');
}

/** Undefined where every number is there. */
export function describeMissing({ names }: CheckedAccesses): string | undefined {
  const lines = names
    .filter(({ missing }) => missing.length > 0)
    .map(({ missing, last }) => {
      const numbers = missing.map(([from, to]) => (from === to ? `${from}` : `${from} to ${to}`)).join(', ');
      return `Not complete: of the numbers 1 to ${last}, ${numbers} are missing. Ask for the other pages, without a period; if there are none, entries have been left out.`;
    });
  return lines.length === 0 ? undefined : lines.join('\n');
}

function describeName({ log, last, lookedAt }: CheckedAccesses['names'][number], origin: string): string {
  if (lookedAt === undefined && log !== origin) {
    return `Numbers 1 to ${last} of ${log} are all there; whether more followed there, these answers do not show.`;
  }
  return lookedAt === undefined
    ? `Numbers 1 to ${last} under an earlier name of the person are all there; whether more followed under it, these answers do not show.`
    : `Numbers 1 to ${last} are all there: no entry about this person was left out up to the question of ${lookedAt}.`;
}
