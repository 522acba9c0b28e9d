/** Gets answers out of logs that other processes of the gateway have open, and gives them theirs. */

import type { DataLog } from './data-logs.ts';
import type { LogEntry, LogPosition } from './exchange/entries.ts';
import type { LookingUp, OpenableEvidence, ProvenEntries, Receipt, RecordedExchange } from './exchange/log-ports.ts';
import type { HeldLogs } from './held-logs.ts';
import { Problem } from './problems.ts';
import { received, receivedProof, type SentExchange, type SentProof, sent, sentProof } from './sent-records.ts';
import type { Siblings } from './workers/siblings.ts';

export interface SiblingLogsSetup {
  readonly logs: () => readonly DataLog[];
  /** Undefined in a process without siblings. */
  readonly siblings: Siblings | undefined;
  /** For another process to answer, beside what the answer itself may take, milliseconds. */
  readonly askTimeoutMs: number;
  readonly checkpointWaitMs: number;
}

/** What cannot be answered because a process does not answer is Problem('checkpoint-pending'). */
export interface SiblingLogs {
  /** Rejects where nobody who answers has it, and somebody does not answer. */
  find(exchangeId: string, by: LookingUp): Promise<RecordedExchange | undefined>;
  receiptOf(recorded: RecordedExchange): Promise<Receipt>;
  evidenceOf(recorded: RecordedExchange): Promise<OpenableEvidence | undefined>;
  /** Whether a process that answers has that log open. */
  holds(origin: string): Promise<boolean>;
  record(origin: string, entry: LogEntry): Promise<LogPosition>;
  /** Undefined for a log that nobody has open. */
  prove(origin: string, indexes: readonly number[]): Promise<ProvenEntries | undefined>;
  erase(subjects: readonly string[]): Promise<void>;
  /** Resolves when what they have on its way about that push is noted, or they do not answer. */
  arrived(exchangeId: string): Promise<unknown>;
  /** False where somebody does not answer. */
  caughtUp(timeoutMs: number): Promise<boolean>;
}

const retryAfterSeconds = 1;

export function createSiblingLogs({ logs, siblings, askTimeoutMs, checkpointWaitMs }: SiblingLogsSetup): SiblingLogs {
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

  const askAll = <T>(question: string, body: unknown, timeoutMs: number): Promise<T>[] =>
    siblings === undefined ? [] : siblings.numbers.map((to) => siblings.ask<T>(to, question, body, timeoutMs));

  return {
    async find(exchangeId, { asker }) {
      const wanted: SentLookUp = { exchangeId, asker };
      const answers = await Promise.allSettled(askAll<SentExchange | null>('find', wanted, askTimeoutMs));
      const found = answers.find((one) => one.status === 'fulfilled' && one.value != null);
      if (found?.status === 'fulfilled') return received(found.value as SentExchange);
      const failure = answers.find((one) => one.status === 'rejected');
      if (failure !== undefined) throw away(undefined, failure.reason);
      return undefined;
    },
    receiptOf: (recorded) => ask(recorded.log as string, 'receipt', sent(recorded), proofMs),
    async evidenceOf(recorded) {
      const origin = recorded.log as string;
      return (await ask<OpenableEvidence | null>(origin, 'evidence', sent(recorded), askTimeoutMs)) ?? undefined;
    },
    holds: (origin) => ask<boolean>(origin, 'holds', origin, askTimeoutMs).catch(() => false),
    record: (origin, entry) => ask(origin, 'record', { origin, entry }, askTimeoutMs),
    async prove(origin, indexes) {
      if (keeperOf(origin) === undefined) return undefined;
      return receivedProof(await ask<SentProof | null>(origin, 'prove', { origin, indexes }, proofMs));
    },
    async erase(subjects) {
      // Who is not there now would keep the key: then it must be asked for again.
      await Promise.all(askAll('erase', subjects, askTimeoutMs)).catch((error: unknown) => {
        throw error instanceof Problem ? error : notErased(error);
      });
    },
    arrived: (exchangeId) => Promise.allSettled(askAll('arrived', exchangeId, askTimeoutMs)),
    async caughtUp(timeoutMs) {
      const answers = askAll<boolean>('caught-up', timeoutMs, timeoutMs + askTimeoutMs);
      return (await Promise.all(answers.map((one) => one.catch(() => false)))).every(Boolean);
    },
  };
}

/** Whose caller has hung up is not told to the others: they look for as long as their answer is waited for. */
interface SentLookUp {
  readonly exchangeId: string;
  readonly asker: string;
}

/** The other side of it: siblings ask this process about the logs that it has open. */
export function answerSiblings(siblings: Siblings, held: HeldLogs, askTimeoutMs: number): void {
  siblings.on('find', async ({ exchangeId, asker }: SentLookUp) => {
    const signal = AbortSignal.timeout(askTimeoutMs);
    return sent(await held.find(exchangeId, { asker, signal })) ?? null;
  });
  siblings.on('receipt', async (exchange: SentExchange) => {
    const receipt = await held.receiptOf(received(exchange));
    return receipt && { json: receipt.json, tlogProof: receipt.tlogProof };
  });
  siblings.on('prove', async ({ origin, indexes }: { origin: string; indexes: number[] }) =>
    sentProof(await held.prove(origin, indexes)),
  );
  siblings.on('record', async ({ origin, entry }: { origin: string; entry: LogEntry }) => {
    const position = await held.record(origin, entry);
    // A log that this worker does not write: its writer is being changed.
    return position ?? Promise.reject(away(origin));
  });
  siblings.on(
    'evidence',
    async (exchange: SentExchange) => (await held.of(exchange.log)?.evidences?.read(received(exchange))) ?? null,
  );
  siblings.on('erase', (subjects: string[]) => held.erase(subjects));
  siblings.on('holds', (origin: string) => held.of(origin) !== undefined);
  siblings.on('caught-up', (timeoutMs: number) => held.caughtUp(timeoutMs));
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
