/** What is answered out of exchange logs: their files, receipts, witnesses, proofs and sealed bodies. */

import type { LogEntry, LogPosition } from './entries.ts';
import type { Evidence, XRoadId } from './types.ts';

/** The log as anyone may read it: static files, named as C2SP tlog-tiles names them. */
export interface LogFiles {
  /** The newest signed checkpoint; undefined where there is none yet. */
  checkpoint(): string | Promise<string | undefined>;
  /** `tile/0/x001/067`, `tile/entries/000.p/17`, `timestamps/0000000000000300.tsr`; undefined for every other name. */
  locate(path: string): LogFile | undefined;
  /** Timestamps of checkpoints with more than `after` entries, in their order, `limit` at most. */
  timestamps(after: number, limit: number): Promise<TimestampPage>;
}

export interface TimestampPage {
  readonly timestamps: readonly ListedTimestamp[];
  /** Path of the next page, relative to the log; undefined on the last one. */
  readonly nextPage: string | undefined;
}

/** Paths are relative to the log. */
export interface ListedTimestamp {
  /** Entries of the checkpoint. */
  readonly size: number;
  /** TimeStampResp (RFC 3161) over the checkpoint's bytes. */
  readonly token: string;
  /** The signed note that it is for. */
  readonly checkpoint: string;
}

export interface LogFile {
  /** Entries are for auditors; their hashes are for everyone. */
  readonly readers: 'everyone' | 'auditors';
  readonly mediaType: string;
  /** Undefined where the log has no such file. */
  open(): Promise<OpenLogFile | undefined>;
}

export interface OpenLogFile {
  readonly bytes: number;
  /** From byte `start` up to and with byte `end`. */
  read(start: number, end: number): AsyncIterable<Uint8Array>;
}

/** Who has an exchange looked up, and until when they want to know. */
export interface LookingUp {
  /** Those who ask take turns. */
  readonly asker: string;
  readonly signal: AbortSignal;
}

export interface LookUpTurns {
  /** Gives what ends the turn. Throws Problem('overloaded') where it does not come, and the signal's reason. */
  take(by: LookingUp): Promise<() => void>;
}

export interface Receipts {
  /** The exchange as it is recorded; undefined where the log has none of that id (a UUIDv7). Throws what `LookUpTurns.take` throws. */
  find(exchangeId: string, by: LookingUp): Promise<RecordedExchange | undefined>;
  /** Waits a while for a checkpoint that covers the exchange. Throws Problem('checkpoint-pending'). */
  prove(recorded: RecordedExchange): Promise<Receipt>;
}

export interface RecordedExchange extends LogPosition {
  /** Canonical JSON. */
  readonly entry: Buffer;
  /** Whose exchange it is; undefined where nobody proved to be its caller. */
  readonly consumer: XRoadId | undefined;
  /** Origin of the log in which it stands; undefined where only one is asked. */
  readonly log?: string;
}

/** Shows offline that an exchange is in the log; both forms say the same. */
export interface Receipt {
  readonly json: string;
  /** C2SP tlog-proof@v1, with the entry as its extra data. */
  readonly tlogProof: string;
}

/** A witness of other parties' logs (C2SP tlog-witness). */
export interface Witness {
  /** The body of an `add-checkpoint` request. Rejects where the new state cannot be made durable: then nothing is cosigned. */
  addCheckpoint(request: Uint8Array): Promise<WitnessAnswer>;
  /** The newest checkpoint that was cosigned, with its cosignature, by the SHA-256 of its log's origin, lower-case hexadecimal. */
  checkpoint(originHash: string): string | undefined;
}

export type WitnessAnswer =
  /** Signature lines of a signed note. */
  | { readonly kind: 'cosigned'; readonly lines: string }
  /** Entries of the checkpoint that was cosigned last. */
  | { readonly kind: 'conflict'; readonly size: number }
  | {
      readonly kind: 'malformed' | 'unknown-log' | 'not-signed' | 'not-consistent';
      /** For whoever runs the log. */
      readonly reason: string;
    };

/** The gateway's own log, for those who show entries with their proofs. */
export interface OwnLog {
  readonly origin: string;
  /** In that order, all in one checkpoint; waits a while for one that covers them. Throws Problem('checkpoint-pending'). */
  prove(indexes: readonly number[]): Promise<ProvenEntries>;
  /** RFC 3339, of the first entry; undefined where there is none. */
  begunAt(): Promise<string | undefined>;
}

/** The other logs of the same data folder, each written by a process of its own. */
export interface OtherLogs {
  readonly origins: () => readonly string[];
  /** Those of them that nobody answers for at present, as while a process is being started again. */
  silent(): Promise<readonly string[]>;
  /** Durable in that log when it resolves. Throws Problem('log-unavailable') or Problem('checkpoint-pending'). */
  record(origin: string, entry: LogEntry): Promise<LogPosition>;
  /** As the own log does; undefined for a log that is not among them. Throws Problem('checkpoint-pending'). */
  prove(origin: string, indexes: readonly number[]): Promise<ProvenEntries | undefined>;
  /** False where the index does not hold all that is in them now, after that time. */
  caughtUp(timeoutMs: number): Promise<boolean>;
}

export interface ProvenEntries {
  /** Signed note. */
  readonly checkpoint: string;
  readonly entries: readonly ProvenEntry[];
}

export interface ProvenEntry {
  readonly index: number;
  /** Canonical JSON. */
  readonly entry: Buffer;
  /** Hashes in base64, from the leaf's sibling up. */
  readonly inclusion: readonly string[];
}

/** Keeps the bodies of some services' exchanges so that only auditors can read them, and nobody once the subject's key is erased. */
export interface EvidenceVault {
  seals(serviceId: XRoadId): boolean;
  /** Resolves when the sealed bodies are durable. Rejects when they cannot be, and after a failed write or sync always. */
  seal(bodies: ExchangeBodies): Promise<SealedBodies>;
}

export interface ExchangeBodies {
  readonly exchangeId: string;
  /** Pseudonym. */
  readonly subject: string;
  readonly request: Uint8Array;
  /** Undefined where the exchange was refused. */
  readonly answer: string | undefined;
}

export interface SealedBodies {
  readonly request: Evidence;
  readonly answer: Evidence | undefined;
}

export interface SealedEvidence {
  /**
   * What an auditor opens with their private key: the subject's layer taken off, the auditors' still on. Undefined where
   * the exchange has no sealed bodies. Throws Problem('evidence-erased') where nobody can read them any more.
   */
  read(recorded: RecordedExchange): Promise<OpenableEvidence | undefined>;
}

/** Printed as it is; what `lienthong evidence open` takes. */
export interface OpenableEvidence {
  readonly exchange: string;
  /** JWE (RFC 7516 section 7.2.1) of the data key. */
  readonly key: object;
  /** In base64, with which the digests of the entry begin. */
  readonly header: string;
  /** In base64: nonce, ciphertext, tag. */
  readonly request: string;
  readonly answer: string | undefined;
}

export interface SubjectKeys {
  /** Makes unreadable what was sealed about the person so far, by every name the person has had. Nothing happens where there is no key. */
  erase(subjects: readonly string[]): Promise<void>;
}
