/** Shows a person who asked about them: the rows out of the index, each with the entry itself and the proof that it is in the log. */

import { Problem } from '../problems.ts';
import { type Access, describeAccess } from './access.ts';
import type { AuditFilter, AuditIndex, AuditRow } from './audit.ts';
import type { LogEntry, LogPosition } from './entries.ts';
import type { OtherLogs, OwnLog, ProvenEntries, ProvenEntry } from './log-ports.ts';
import { lackingLogs, lookElsewhere } from './looks-elsewhere.ts';
import type { Clock, Pseudonyms } from './ports.ts';

export interface AccessSettings {
  /** For the index to reach the look, milliseconds. */
  readonly indexWaitMs: number;
  /** Rows that are read for one list in the Data Tracker's form. */
  readonly usageScanRowsMax: number;
}

export interface AccessDependencies {
  readonly index: AuditIndex;
  readonly ownLog: OwnLog;
  readonly otherLogs: OtherLogs;
  readonly pseudonyms: Pseudonyms;
  readonly clock: Clock;
  /** UUIDv7. */
  readonly makeId: () => string;
  readonly settings: AccessSettings;
}

export interface AccessQuestion {
  /** Exchange-Id of the question. */
  readonly id: string;
  /** Personal number. */
  readonly person: string;
  /** Where the question itself is recorded. */
  readonly look: LogPosition;
  readonly period: Pick<AuditFilter, 'fromMs' | 'toMs'>;
}

/** One entry about the person. */
export interface AccessRow {
  /** Origin of the log in which the entry stands, and its place there. */
  readonly log: string;
  readonly index: number;
  readonly access: Access;
  /** Undefined where the log is another gateway's, and of another data folder. */
  readonly proven: ProvenEntry | undefined;
}

export interface AccessPage {
  /** Names of the person in the log, the present one first. */
  readonly subjects: readonly string[];
  /** Origin of the gateway's own log. */
  readonly log: string;
  /** Signed note that covers every proven entry of that log. */
  readonly checkpoint: string;
  /** The same for each further log of the data folder, with the question as it is recorded there. */
  readonly others: readonly { readonly log: string; readonly checkpoint: string; readonly look: AccessRow }[];
  readonly look: AccessRow;
  /** Newest first. */
  readonly rows: readonly AccessRow[];
  readonly next: string | undefined;
}

export interface Accesses {
  /** False for a cursor that no page had. */
  isCursor(text: string): boolean;
  /** Why no question can be answered now, to be recorded with it; undefined where there is no reason. */
  refusal(): Promise<Problem | undefined>;
  /** What came before the look, a page of it. Throws Problem. */
  page(
    question: AccessQuestion,
    page: { readonly limit: number; readonly after: string | undefined },
  ): Promise<AccessPage>;
  /** Every row but the person's own looks, newest first. Throws Problem, also where there are too many. */
  all(question: AccessQuestion): Promise<readonly AuditRow[]>;
}

/** Where the question is recorded, by the origin of the log. */
type Looks = ReadonlyMap<string, LogPosition>;

const retryAfterSeconds = 1;
const scanPageRows = 1000;

export function createAccesses(deps: AccessDependencies): Accesses {
  const { index, ownLog, otherLogs, pseudonyms, settings } = deps;
  const askElsewhere = lookElsewhere(deps);

  /** The index follows the log: what it does not hold yet would seem to be left out. */
  async function filterOf({
    person,
    look,
    period,
  }: AccessQuestion): Promise<AuditFilter & { subjects: readonly string[] }> {
    const inTime = [index.waitUntil(look.index, settings.indexWaitMs), otherLogs.caughtUp(settings.indexWaitMs)];
    if (!(await Promise.all(inTime)).every(Boolean)) {
      throw new Problem('index-unavailable', 'The index has not reached the present end of the log yet.', {
        retryAfterSeconds,
      });
    }
    return { ...period, subjects: pseudonyms.personEver(person) };
  }

  /** What came after the look has a place in the next answer. */
  const isBefore = (looks: Looks) => (row: AuditRow) => row.index < (looks.get(row.log)?.index ?? Infinity);

  /** The looks are the newest entries, and take no row's place. */
  async function search(filter: AuditFilter, looks: Looks, limit: number, from: string | undefined) {
    const shown: AuditRow[] = [];
    let next = from;
    do {
      const found = await index.search(filter, { limit: limit - shown.length, after: next });
      shown.push(...found.rows.filter(isBefore(looks)));
      next = found.next;
    } while (next !== undefined && shown.length < limit);
    return { shown, next };
  }

  async function page(
    question: AccessQuestion,
    { limit, after }: Parameters<Accesses['page']>[1],
  ): Promise<AccessPage> {
    const looks = new Map([[ownLog.origin, question.look], ...(await askElsewhere(question))]);
    const filter = await filterOf(question);
    const { shown, next } = await search(filter, looks, limit, after);
    const prove = async ([log, look]: readonly [string, LogPosition]) => {
      const indexes = [look.index, ...shown.filter((row) => row.log === log).map((row) => row.index)];
      const proof = await (log === ownLog.origin ? ownLog.prove(indexes) : otherLogs.prove(log, indexes));
      return proof === undefined ? [] : [[log, proof] as const];
    };
    const proofs = new Map((await Promise.all([...looks].map(prove))).flat());
    const provenRow = (log: string, at: number): AccessRow => {
      const proven = proofs.get(log)?.entries.find((one) => one.index === at) as ProvenEntry;
      const entry = JSON.parse(proven.entry.toString()) as LogEntry;
      // The index is derived: whatever went wrong there, nobody is shown what is about somebody else.
      if (!filter.subjects.includes(entry.subject ?? ''))
        throw new Error(`entry ${at} is not about whom the index says`);
      return { log, index: at, access: describeAccess(entry), proven };
    };
    return {
      subjects: filter.subjects,
      log: ownLog.origin,
      checkpoint: (proofs.get(ownLog.origin) as ProvenEntries).checkpoint,
      others: [...proofs]
        .filter(([log]) => log !== ownLog.origin)
        .map(([log, { checkpoint }]) => {
          const { index: at } = looks.get(log) as LogPosition;
          return { log, checkpoint, look: provenRow(log, at) };
        }),
      look: provenRow(ownLog.origin, question.look.index),
      rows: shown.map((row) => {
        if (proofs.has(row.log)) return provenRow(row.log, row.index);
        return { log: row.log, index: row.index, access: describeAccess(row), proven: undefined };
      }),
      next,
    };
  }

  async function all(question: AccessQuestion): Promise<readonly AuditRow[]> {
    const filter = await filterOf(question);
    const looks = new Map([[ownLog.origin, question.look]]);
    const found: AuditRow[] = [];
    let after: string | undefined;
    let read = 0;
    do {
      const { rows, next } = await index.search(filter, { limit: scanPageRows, after });
      read += rows.length;
      if (read > settings.usageScanRowsMax) {
        throw new Problem(
          'result-too-large',
          `There are more than ${settings.usageScanRowsMax} entries in this period.`,
        );
      }
      found.push(...rows.filter(isBefore(looks)).filter((row) => row.look !== 'accesses'));
      after = next;
    } while (after !== undefined);
    return found;
  }

  return { isCursor: (text) => index.isCursor(text), refusal: lackingLogs(otherLogs), page, all };
}
