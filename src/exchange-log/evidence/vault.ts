/** Sealed evidence as the gateway uses it: seals bodies, gives auditors what they can open, erases a person's key. */

import path from 'node:path';
import type { EvidenceVault, SealedEvidence } from '../../exchange/log-ports.ts';
import type { Clock } from '../../exchange/ports.ts';
import type { XRoadId } from '../../exchange/types.ts';
import { createFirstFailure } from '../first-failure.ts';
import type { Disk } from '../store/disk.ts';
import type { AuditorKey } from './auditor-keys.ts';
import { createEvidenceFiles, type EvidenceFileLimits } from './evidence-files.ts';
import { createEvidenceReader } from './evidence-reader.ts';
import { encodeRecord, evidenceOf } from './record.ts';
import { sealBodies } from './seal.ts';
import { markBeside } from './store-mark.ts';
import { type KeptSubjectKeys, openSubjectKeys, type SubjectKeyLimits } from './subject-keys.ts';

export interface EvidenceLimits extends EvidenceFileLimits, SubjectKeyLimits {
  /** Of one exchange, sealed, bytes. */
  readonly recordBytesMax: number;
}

export interface EvidenceSetup {
  readonly disk: Disk;
  /** Of the evidence files. */
  readonly folder: string;
  /** File of the subjects' keys. */
  readonly subjectKeyFile: string;
  /** Whose bodies are sealed. */
  readonly services: readonly XRoadId[];
  readonly auditors: readonly AuditorKey[];
  readonly limits: EvidenceLimits;
  readonly clock: Clock;
  readonly observer: EvidenceObserver;
}

export interface EvidenceObserver {
  evidenceCommitted(bytes: number, durationMs: number): void;
  /** Called once: from now on every exchange of a sealed service is refused. */
  evidenceFailed(error: unknown): void;
}

export interface Evidences extends EvidenceVault, SealedEvidence {
  readonly subjectKeys: Pick<KeptSubjectKeys, 'erase'>;
  /** Undefined while evidence can be kept; any failed write or sync is final. */
  readonly failure: unknown;
  close(): Promise<void>;
}

/** Throws where the subjects' keys cannot be opened, or are not those that the evidence was sealed with; reads none of the evidence files. */
export async function openEvidences(setup: EvidenceSetup): Promise<Evidences> {
  const { disk, folder, auditors, limits, clock, observer } = setup;
  const services = new Set(setup.services);
  const failure = createFirstFailure();
  const subjectKeys = await openSubjectKeys(
    { file: setup.subjectKeyFile, mark: markBeside(folder) },
    limits,
    clock,
    failure.set,
  );
  const files = createEvidenceFiles({
    disk,
    folder,
    limits,
    clock,
    committed: observer.evidenceCommitted,
    failed: failure.set,
  });
  failure.on(files.stop);
  failure.on(observer.evidenceFailed);
  return {
    seals: (serviceId) => services.has(serviceId),
    async seal(bodies) {
      if (failure.cause !== undefined) throw failure.cause;
      const parts = await sealBodies(bodies, auditors, await subjectKeys.current(bodies.subject));
      const record = encodeRecord(parts);
      if (record.byteLength > limits.recordBytesMax) {
        throw new Error(`a sealed exchange of ${record.byteLength} bytes exceeds ${limits.recordBytesMax}`);
      }
      const { header, request, answer } = parts;
      const place = await files.append(record);
      return {
        request: evidenceOf(header, request, place),
        answer: bodies.answer === undefined ? undefined : evidenceOf(header, answer, place),
      };
    },
    read: createEvidenceReader(folder, subjectKeys, `keys/${path.basename(setup.subjectKeyFile)}`),
    subjectKeys,
    get failure() {
      return failure.cause;
    },
    async close() {
      await files.close();
      await subjectKeys.close();
    },
  };
}
