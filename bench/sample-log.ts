/** The log that measurements of the log alone record in, and what they record. */

import { createHash } from 'node:crypto';
import type { LogEntry } from '../src/exchange/entries.ts';
import type { PrivateJwk } from '../src/exchange-log/identity.ts';
import { openExchangeLog } from '../src/exchange-log/log.ts';
import type { TransparencyLog } from '../src/exchange-log/transparency-log.ts';

/** As config/gateway.yaml has them. */
const settings = {
  segmentBytes: 16 << 20,
  entryBytesMax: 65_535,
  pendingEntriesMax: 20_000,
  batchBytesMax: 4 << 20,
  checkpointIntervalMs: 1000,
  subjects: { keptMax: 100_000, unwrittenMax: 50_000, writeIntervalMs: 5000, fileCacheBytesMax: 16 << 20 },
};

/** Public, of RFC 8037 appendix A: the log can be opened again by another process. */
const key: PrivateJwk = {
  kty: 'OKP',
  crv: 'Ed25519',
  d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
};

export function openSampleLog(
  folder: string,
  committed: (entries: number) => void = () => undefined,
): Promise<TransparencyLog> {
  const nothing = () => undefined;
  return openExchangeLog({
    folder,
    origin: 'lienthong.example/bench',
    key,
    settings,
    clock: { nowMs: Date.now },
    observer: {
      committed,
      checkpointed: nothing,
      recovered: nothing,
      recounting: nothing,
      failed: nothing,
    },
  });
}

/** About so many people, one after the other. */
export function sampleEntriesOf(subjects: number): LogEntry[] {
  return Array.from({ length: subjects }, (_one, index) => sampleEntry(index));
}

/** An answered query as the gateway records it, about 900 bytes. */
function sampleEntry(index: number): LogEntry {
  const id = String(index).padStart(12, '0');
  const digest = `hmac-sha-256=:${Buffer.alloc(32, index).toString('base64')}:`;
  const pseudonym = createHash('sha256').update(id).digest('base64url');
  return {
    agreement: 'g07-get-person',
    answer: { bytes: 700, digest },
    claimedConsumer: undefined,
    consumer: 'VN/GOV/G07/social-protection',
    durationMs: 3,
    fields: ['dateOfBirth', 'fullName', 'pin', 'residence.permanent', 'sex', 'status'],
    id: `0199c0de-0000-7000-8000-${id}`,
    issue: 'H26.101-250917-0001',
    kind: 'query',
    legalBasis: 'Nghị định 20/2021/NĐ-CP, Điều 5',
    message: pseudonym,
    official: pseudonym,
    problem: undefined,
    purpose: 'social-assistance',
    registryMs: 1.234,
    representedParty: undefined,
    request: { bytes: 22, digest },
    service: 'VN/GOV/G01/population/get-person',
    source: 'registry',
    status: 200,
    subject: pseudonym,
    subjectNumber: undefined,
    time: '2025-09-17T08:00:00.000Z',
    version: 'v1',
  };
}
