/** Checks saved answers about a person together: that the running numbers leave no room for an entry that was not shown. */

import {
  type AccessCheck,
  AccessFault,
  type AccessFile,
  type CheckedAccess,
  type CheckedHead,
  checkAccessFile,
} from './access-file.ts';

export interface SavedAnswer {
  readonly name: string;
  readonly text: string;
}

export interface AccessReport {
  readonly origin: string;
  readonly files: number;
  /** One for each name that the person has had in the log, the present one last. */
  readonly names: readonly NameReport[];
  /** Origins of other logs of which there are rows, with how many. */
  readonly elsewhere: ReadonlyMap<string, number>;
  /** Origins of logs, named in an answer or by a key, in which no question shows that nothing was left out at the end. */
  readonly withoutLook: readonly string[];
  /** The newest checkpoint of each log. */
  readonly heads: readonly CheckedHead[];
}

export interface NameReport {
  /** Origin of the log: each counts by itself. */
  readonly log: string;
  /** Entries shown. */
  readonly entries: number;
  /** The highest number shown. */
  readonly last: number;
  /** Whether the person's own question under this name shows that nothing came after the entries before it. */
  readonly lookedAt: string | undefined;
  /** Numbers from 1 to `last` that are not shown: from, to. */
  readonly missing: readonly (readonly [number, number])[];
}

type NamedFile = AccessFile & { readonly name: string };

/** Needs neither gateway nor network; any of the log's keys will do. Throws AccessFault for whatever cannot be so in an honest log. */
export function verifyAccesses(answers: readonly SavedAnswer[], check: AccessCheck): AccessReport {
  const files = answers.map(({ name, text }) => ({ name, ...checkAccessFile(name, text, check) }));
  demandOnePerson(files);
  const entries = distinct(files);
  const byLog = [...Map.groupBy(entries, ({ log }) => log).values()];
  const bySubject = byLog.flatMap((ofLog) => {
    const names = [...Map.groupBy(ofLog, ({ subject }) => subject).values()].map(inOrder);
    names.sort((a, b) => presentFrom(a) - presentFrom(b));
    demandSuccession(names);
    return names;
  });
  const allLooks = files.flatMap(({ look, otherLooks }) => [look, ...otherLooks]);
  const looks = new Map(allLooks.map((look) => [placeOf(look), look]));
  const names = bySubject.map((ordered) => reportOf(ordered, looks));
  const lookedAt = new Set(names.filter((one) => one.lookedAt !== undefined).map(({ log }) => log));
  const logs = new Set([...files.flatMap((file) => file.logs), ...check.keys.map(({ name }) => name)]);
  const elsewhere = Map.groupBy(
    files.flatMap((file) => file.elsewhere),
    (origin) => origin,
  );
  return {
    origin: files[0]?.look.log ?? check.keys[0].name,
    files: files.length,
    names,
    elsewhere: new Map([...elsewhere].map(([origin, rows]) => [origin, rows.length])),
    withoutLook: [...logs].filter((log) => !lookedAt.has(log)),
    heads: newest(files.flatMap(({ heads }) => heads)),
  };
}

/** Of each log. Throws AccessFault where two of one size differ: then the log was rewritten, or shown to people differently. */
function newest(heads: readonly CheckedHead[]): CheckedHead[] {
  const bySize = new Map<string, CheckedHead>();
  for (const head of heads) {
    const { origin, size, root } = head;
    const other = bySize.get(`${origin} ${size}`) ?? head;
    if (!other.root.equals(root)) throw new AccessFault(`two checkpoints of ${origin} with ${size} entries differ`);
    bySize.set(`${origin} ${size}`, head);
  }
  const byOrigin = new Map<string, CheckedHead>();
  for (const head of heads.toSorted((a, b) => a.size - b.size)) byOrigin.set(head.origin, head);
  return [...byOrigin.values()];
}

/** Answers given to one person know one of that person's names at least in common. */
function demandOnePerson([first, ...others]: readonly NamedFile[]): void {
  for (const file of others) {
    if (first?.subjects.some((subject) => file.subjects.includes(subject))) continue;
    throw new AccessFault(`${first?.name} and ${file.name} are about different people`);
  }
}

/** An entry may be shown more than once, and is the same each time. */
function distinct(files: readonly NamedFile[]): CheckedAccess[] {
  const known = new Map<string, CheckedAccess & { readonly file: string }>();
  for (const { name: file, entries } of files) {
    for (const entry of entries) {
      const before = known.get(placeOf(entry));
      if (before !== undefined && before.entry !== entry.entry) {
        throw new AccessFault(
          `entry ${entry.index} is another one in ${file} than in ${before.file}: the log was rewritten`,
        );
      }
      known.set(placeOf(entry), { ...entry, file });
    }
  }
  return [...known.values()];
}

const placeOf = ({ log, index }: CheckedAccess) => `${log} ${index}`;

/** By place in the log, in which the numbers rise. */
function inOrder(entries: readonly CheckedAccess[]): readonly CheckedAccess[] {
  const ordered = entries.toSorted((a, b) => a.index - b.index);
  for (const [at, entry] of ordered.entries()) {
    const before = ordered[at - 1];
    if (before === undefined || before.number < entry.number) continue;
    throw new AccessFault(
      `entry ${entry.index} has the number ${entry.number}, and entry ${before.index} before it ${before.number}`,
    );
  }
  return ordered;
}

/**
 * A name is given up when its key is replaced: no exchange is written under it again. Exchanges of two people would lie
 * between each other. Auditors' looks at what an earlier name stands in, and erasures, are written under that name still.
 */
function demandSuccession(names: readonly (readonly CheckedAccess[])[]): void {
  const present = names.map((entries) => entries.filter(isOfPresentName)).filter((entries) => entries.length > 0);
  for (const [at, [first]] of present.entries()) {
    const last = present[at - 1]?.at(-1);
    if (last === undefined || first === undefined || last.index < first.index) continue;
    throw new AccessFault(`entries ${first.index} and ${last.index} are not about the same person`);
  }
}

const isOfPresentName = (entry: CheckedAccess) => entry.isOfPresentName;

/** Where the name was first the present one; before all others where it is only looked at. */
function presentFrom(entries: readonly CheckedAccess[]): number {
  return entries.find(isOfPresentName)?.index ?? -1;
}

function reportOf(entries: readonly CheckedAccess[], looks: ReadonlyMap<string, CheckedAccess>): NameReport {
  const missing: [number, number][] = [];
  let next = 1;
  for (const { number } of entries) {
    if (number > next) missing.push([next, number - 1]);
    next = number + 1;
  }
  const last = entries.at(-1) as CheckedAccess;
  const lookedAt = looks.get(placeOf(last))?.time;
  return { log: last.log, entries: entries.length, last: last.number, lookedAt, missing };
}
