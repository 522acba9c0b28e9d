/** Everything that is answered out of all logs of a data folder, whichever process has them open. */

import type { DataLog } from './data-logs.ts';
import type { LogEntry, LogPosition } from './exchange/entries.ts';
import type {
  LogFiles,
  OpenableEvidence,
  ProvenEntries,
  Receipt,
  Receipts,
  RecordedExchange,
  SealedEvidence,
  SubjectKeys,
} from './exchange/log-ports.ts';
import { record as recordIn } from './exchange/steps/record.ts';
import { createFilesOf } from './exchange-log/files-of.ts';
import type { HeldLog } from './held-log.ts';
import { Problem } from './problems.ts';
import type { Siblings } from './workers/siblings.ts';

export interface LogBook {
  readonly receipts: Receipts;
  readonly evidence: SealedEvidence;
  readonly subjectKeys: SubjectKeys;
  /** Every log of the data folder, the first one first. */
  logs(): readonly DataLog[];
  filesOf(number: number): LogFiles | undefined;
  /** Of every log but the process's own. */
  origins(): readonly string[];
  /** See OtherLogs. */
  silent(): Promise<readonly string[]>;
  record(origin: string, entry: LogEntry): Promise<LogPosition>;
  /** Undefined for a log that is not of this data folder, or whose process does not answer. */
  prove(origin: string, indexes: readonly number[]): Promise<ProvenEntries | undefined>;
  /** Resolves when what the siblings have on its way about that push is noted, or they do not answer. */
  arrivedElsewhere(exchangeId: string): Promise<unknown>;
  /** False where the index lacks entries that are in one of the logs now. */
  caughtUp(timeoutMs: number): Promise<boolean>;
}

export interface LogBookSetup {
  /** Of this process, its own one first. */
  readonly held: readonly [HeldLog, ...HeldLog[]];
  readonly logs: () => readonly DataLog[];
  /** Undefined in a process without siblings. */
  readonly siblings: Siblings | undefined;
  /** For another process to answer, beside what the answer itself may take, milliseconds. */
  readonly askTimeoutMs: number;
  readonly checkpointWaitMs: number;
}

/** A recorded exchange on its way between processes. */
interface SentExchange {
  readonly index: number;
  readonly entry: string;
  readonly consumer: string | undefined;
  readonly log: string;
}

interface SentProof {
  readonly checkpoint: string;
  readonly entries: readonly {
    readonly index: number;
    readonly entry: string;
    readonly inclusion: readonly string[];
  }[];
}

const retryAfterSeconds = 1;

export function createLogBook({ held, logs, siblings, askTimeoutMs, checkpointWaitMs }: LogBookSetup): LogBook {
  const [own] = held;
  const heldOf = (origin: string | undefined) =>
    held.find(({ place }) => place.origin === (origin ?? own.place.origin));
  const proofMs = askTimeoutMs + checkpointWaitMs;

  /** The worker that has the log open: its own, or the first one for a log without a worker. */
  function keeperOf(origin: string): number | undefined {
    const number = logs().find((log) => log.origin === origin)?.number;
    if (number === undefined || siblings === undefined) return undefined;
    return siblings.numbers.includes(number) ? number : 1;
  }

  async function ask<T>(origin: string, question: string, body: unknown, timeoutMs: number): Promise<T> {
    const keeper = keeperOf(origin);
    if (siblings === undefined || keeper === undefined) throw away(origin);
    return siblings.ask<T>(keeper, question, body, timeoutMs).catch((error: unknown) => {
      throw error instanceof Problem ? error : away(origin, error);
    });
  }

  const origins = () =>
    logs()
      .map((log) => log.origin)
      .filter((origin) => origin !== own.place.origin);

  const answersFor = (origin: string): Promise<boolean> =>
    heldOf(origin) === undefined
      ? ask<boolean>(origin, 'holds', origin, askTimeoutMs).catch(() => false)
      : Promise.resolve(true);

  async function findHere(id: string): Promise<RecordedExchange | undefined> {
    for (const { place, receipts } of held) {
      const found = await receipts.find(id);
      if (found !== undefined) return { ...found, log: place.origin };
    }
    return undefined;
  }

  /** Throws Problem where nobody who answers has it, and somebody does not answer. */
  async function findThere(id: string): Promise<RecordedExchange | undefined> {
    const asked = (siblings?.numbers ?? []).map((number) =>
      (siblings as Siblings).ask<SentExchange | null>(number, 'find', id, askTimeoutMs),
    );
    const answers = await Promise.allSettled(asked);
    const found = answers.find((one) => one.status === 'fulfilled' && one.value != null);
    if (found?.status === 'fulfilled') return received(found.value as SentExchange);
    const failure = answers.find((one) => one.status === 'rejected');
    if (failure !== undefined) throw away(undefined, failure.reason);
    return undefined;
  }

  const receiptOf = (origin: string | undefined, recorded: RecordedExchange): Promise<Receipt> | undefined =>
    heldOf(origin)?.receipts.prove(recorded);

  async function proveHere(origin: string, indexes: readonly number[]): Promise<ProvenEntries | undefined> {
    return heldOf(origin)?.ownLog.prove(indexes);
  }

  async function recordHere(origin: string, entry: LogEntry): Promise<LogPosition | undefined> {
    const log = heldOf(origin);
    if (log === undefined) return undefined;
    const { index } = await recordIn({ log })(entry);
    return { index };
  }

  const eraseHere: SubjectKeys['erase'] = async (subjects) => {
    for (const { evidences } of held) await evidences?.subjectKeys.erase(subjects);
  };

  const caughtUpHere = async (timeoutMs: number) =>
    (await Promise.all(held.map((log) => log.caughtUp(timeoutMs)))).every(Boolean);

  siblings?.on('find', async (id: string) => sent(await findHere(id)) ?? null);
  siblings?.on('receipt', async (exchange: SentExchange) => {
    const receipt = await receiptOf(exchange.log, received(exchange));
    return receipt && { json: receipt.json, tlogProof: receipt.tlogProof };
  });
  siblings?.on('prove', async ({ origin, indexes }: { origin: string; indexes: number[] }) =>
    sentProof(await proveHere(origin, indexes)),
  );
  siblings?.on('record', async ({ origin, entry }: { origin: string; entry: LogEntry }) => {
    const position = await recordHere(origin, entry);
    // A log that this worker does not write: its writer is being changed.
    return position ?? Promise.reject(away(origin));
  });
  siblings?.on(
    'evidence',
    async (exchange: SentExchange) => (await heldOf(exchange.log)?.evidences?.read(received(exchange))) ?? null,
  );
  siblings?.on('erase', (subjects: string[]) => eraseHere(subjects));
  siblings?.on('holds', (origin: string) => heldOf(origin) !== undefined);
  siblings?.on('caught-up', (timeoutMs: number) => caughtUpHere(timeoutMs));

  return {
    logs,
    filesOf(number) {
      const log = logs().find((one) => one.number === number);
      return log && (heldOf(log.origin)?.files ?? createFilesOf(log.folder));
    },
    receipts: {
      find: async (id) => (await findHere(id)) ?? findThere(id),
      async prove(recorded) {
        const here = receiptOf(recorded.log, recorded);
        return here ?? ask<Receipt>(recorded.log as string, 'receipt', sent(recorded), proofMs);
      },
    },
    evidence: {
      async read(recorded) {
        const log = heldOf(recorded.log);
        if (log !== undefined) return log.evidences?.read(recorded);
        const there = await ask<OpenableEvidence | null>(
          recorded.log as string,
          'evidence',
          sent(recorded),
          askTimeoutMs,
        );
        return there ?? undefined;
      },
    },
    subjectKeys: {
      async erase(subjects) {
        await eraseHere(subjects);
        // Who is not there now would keep the key: then it must be asked for again.
        const there = (siblings?.numbers ?? []).map((to) => siblings?.ask(to, 'erase', subjects, askTimeoutMs));
        await Promise.all(there).catch((error: unknown) => {
          throw error instanceof Problem ? error : notErased(error);
        });
      },
    },
    origins,
    async silent() {
      const answering = await Promise.all(origins().map(async (origin) => [origin, await answersFor(origin)] as const));
      return answering.filter(([, answers]) => !answers).map(([origin]) => origin);
    },
    async record(origin, entry) {
      const here = await recordHere(origin, entry);
      return here ?? ask<LogPosition>(origin, 'record', { origin, entry }, askTimeoutMs);
    },
    async prove(origin, indexes) {
      if (heldOf(origin) !== undefined) return proveHere(origin, indexes);
      if (keeperOf(origin) === undefined) return undefined;
      return receivedProof(await ask<SentProof | null>(origin, 'prove', { origin, indexes }, proofMs));
    },
    arrivedElsewhere: (id) =>
      Promise.allSettled((siblings?.numbers ?? []).map((to) => siblings?.ask(to, 'arrived', id, askTimeoutMs))),
    async caughtUp(timeoutMs) {
      const there = (siblings?.numbers ?? []).map((to) =>
        (siblings as Siblings).ask<boolean>(to, 'caught-up', timeoutMs, timeoutMs + askTimeoutMs).catch(() => false),
      );
      return (await Promise.all([caughtUpHere(timeoutMs), ...there])).every(Boolean);
    },
  };
}

function sent(recorded: RecordedExchange | undefined): SentExchange | undefined {
  if (recorded === undefined) return undefined;
  const { index, entry, consumer, log } = recorded;
  return { index, entry: entry.toString(), consumer, log: log as string };
}

function received({ entry, ...others }: SentExchange): RecordedExchange {
  return { ...others, entry: Buffer.from(entry) };
}

function sentProof(proof: ProvenEntries | undefined): SentProof | null {
  if (proof === undefined) return null;
  return { ...proof, entries: proof.entries.map((one) => ({ ...one, entry: one.entry.toString() })) };
}

function receivedProof(proof: SentProof | null): ProvenEntries | undefined {
  if (proof === null) return undefined;
  return { ...proof, entries: proof.entries.map((one) => ({ ...one, entry: Buffer.from(one.entry) })) };
}

function notErased(cause: unknown): Problem {
  const detail =
    'A part of the gateway that may have a key of that person is being started again: ask for it once more.';
  return new Problem('checkpoint-pending', detail, { cause, retryAfterSeconds });
}

/** Of one log, or of any that may hold it. */
function away(origin?: string, cause?: unknown): Problem {
  const part = origin === undefined ? 'A part of the gateway that may hold it' : `What answers for the log ${origin}`;
  const detail = `${part} is being started again.`;
  return new Problem('checkpoint-pending', detail, { cause, retryAfterSeconds });
}
