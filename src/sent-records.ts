/** What is recorded, in the form in which one process sends it to another. */

import type { ProvenEntries, RecordedExchange } from './exchange/log-ports.ts';

export interface SentExchange {
  readonly index: number;
  readonly entry: string;
  readonly consumer: string | undefined;
  readonly log: string;
}

export interface SentProof {
  readonly checkpoint: string;
  readonly entries: readonly {
    readonly index: number;
    readonly entry: string;
    readonly inclusion: readonly string[];
  }[];
}

export function sent(recorded: RecordedExchange | undefined): SentExchange | undefined {
  if (recorded === undefined) return undefined;
  const { index, entry, consumer, log } = recorded;
  return { index, entry: entry.toString(), consumer, log: log as string };
}

export function received({ entry, ...others }: SentExchange): RecordedExchange {
  return { ...others, entry: Buffer.from(entry) };
}

export function sentProof(proof: ProvenEntries | undefined): SentProof | null {
  if (proof === undefined) return null;
  return { ...proof, entries: proof.entries.map((one) => ({ ...one, entry: one.entry.toString() })) };
}

export function receivedProof(proof: SentProof | null): ProvenEntries | undefined {
  if (proof === null) return undefined;
  return { ...proof, entries: proof.entries.map((one) => ({ ...one, entry: Buffer.from(one.entry) })) };
}
