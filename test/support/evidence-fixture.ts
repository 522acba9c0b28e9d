/** Auditors with their keys, and sealed evidence on a real disk. */

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Test } from 'tap';
import type { ExchangeBodies, OpenableEvidence, RecordedExchange, SealedBodies } from '../../src/exchange/log-ports.ts';
import {
  type AuditorKey,
  makeAuditorKeys,
  readAuditorKey,
  readAuditorPrivateKey,
} from '../../src/exchange-log/evidence/auditor-keys.ts';
import { type Evidences, openEvidences } from '../../src/exchange-log/evidence/vault.ts';
import { type Disk, realDisk } from '../../src/exchange-log/store/disk.ts';
import { pins } from './incoming-fixture.ts';

export interface Auditor {
  readonly sealsWith: AuditorKey;
  readonly opensWith: AuditorKey;
  readonly publicFile: string;
  readonly privateFile: string;
}

export async function makeAuditor(folder: string, kid: string): Promise<Auditor> {
  const { privateJwk, publicJwk } = await makeAuditorKeys(kid);
  const [publicFile, privateFile] = [path.join(folder, `${kid}.public.jwk`), path.join(folder, `${kid}.private.jwk`)];
  await writeFile(publicFile, publicJwk);
  await writeFile(privateFile, privateJwk);
  return {
    sealsWith: await readAuditorKey(publicFile),
    opensWith: await readAuditorPrivateKey(privateFile),
    publicFile,
    privateFile,
  };
}

export const sealedService = 'VN/GOV/G15/judicial-records/get-criminal-record-status';

export const evidenceLimits = {
  recordBytesMax: 100_000,
  fileBytes: 1_000_000,
  pendingBytesMax: 1_000_000,
  subjectKeysCachedMax: 100,
  subjectKeysPendingMax: 1000,
};

/** The section of gateway.yaml. */
export const evidenceSettings = ({ publicFile }: Auditor, services: readonly string[]) => ({
  ...evidenceLimits,
  services,
  auditorKeyFiles: [publicFile],
});

export interface EvidenceFixture {
  readonly evidences: Evidences;
  readonly auditor: Auditor;
  /** Of the evidence files. */
  readonly folder: string;
  readonly subjectKeyFile: string;
  /** What the observer was told. */
  readonly failures: unknown[];
  /** A second process on the same files, after the first one was closed or left. */
  again(disk?: Disk): Promise<Evidences>;
}

export async function createEvidenceFixture(
  t: Test,
  changes: { readonly disk?: Disk; readonly limits?: Partial<typeof evidenceLimits> } = {},
): Promise<EvidenceFixture> {
  const root = await mkdtemp(path.join(tmpdir(), 'lienthong-evidence-'));
  t.teardown(() => rm(root, { recursive: true, force: true }));
  const auditor = await makeAuditor(root, 'auditor-1');
  const folder = path.join(root, 'exchange-log/evidence');
  const subjectKeyFile = path.join(root, 'subjects.db');
  const failures: unknown[] = [];
  const open = async (disk: Disk = realDisk) => {
    const evidences = await openEvidences({
      disk,
      folder,
      subjectKeyFile,
      services: [sealedService],
      auditors: [auditor.sealsWith],
      limits: { ...evidenceLimits, ...changes.limits },
      clock: { nowMs: Date.now },
      observer: { evidenceCommitted: () => undefined, evidenceFailed: (error) => failures.push(error) },
    });
    t.teardown(() => evidences.close());
    return evidences;
  };
  return { evidences: await open(changes.disk), auditor, folder, subjectKeyFile, failures, again: open };
}

let made = 0;

/** About Hòa, answered. */
export function bodiesFixture(changes: Partial<ExchangeBodies> = {}): ExchangeBodies {
  made += 1;
  return {
    exchangeId: `01981f2e-7c00-7000-8000-${made.toString(16).padStart(12, '0')}`,
    subject: 'pseudonym-of-hoa',
    request: Buffer.from(JSON.stringify({ pin: pins.hoa })),
    answer: JSON.stringify({ found: true, person: { fullName: 'Nguyễn Thị Hòa' } }),
    ...changes,
  };
}

/** An entry as the log gives it back. */
export function recordedFixture({ exchangeId, subject }: ExchangeBodies, sealed: SealedBodies): RecordedExchange {
  const entry = { id: exchangeId, kind: 'query', subject, ...sealed };
  return { index: 0, entry: Buffer.from(JSON.stringify(entry)), consumer: undefined };
}

/** Seals and reads back, as an auditor gets it. */
export async function sealAndRead(evidences: Evidences, bodies: ExchangeBodies): Promise<OpenableEvidence> {
  const evidence = await evidences.read(recordedFixture(bodies, await evidences.seal(bodies)));
  if (evidence === undefined) throw new Error('the entry is of no sealed exchange');
  return evidence;
}

/** The content of all files below the folder, without the zeros with which a segment is prepared. */
export async function contentBelow(folder: string): Promise<Buffer> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const contents = await Promise.all(files.map(({ parentPath, name }) => readFile(path.join(parentPath, name))));
  return Buffer.concat(contents.map((content) => content.subarray(0, content.findLastIndex((byte) => byte !== 0) + 1)));
}
