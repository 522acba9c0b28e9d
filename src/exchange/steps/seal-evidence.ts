/** The step that keeps the bodies of some exchanges for auditors: sealed and durable before the entry that refers to them. */

import { Problem } from '../../problems.ts';
import type { EvidenceVault, SealedBodies } from '../log-ports.ts';
import type { Pseudonyms } from '../ports.ts';
import type { Incoming, Outcome, Trail } from '../types.ts';

export interface SealEvidenceDependencies {
  /** Undefined where no service's bodies are sealed. */
  readonly evidence?: EvidenceVault | undefined;
  readonly pseudonyms: Pseudonyms;
}

/** A valid message about a person to a service whose bodies are sealed; all others leave keyed digests only. */
export function isToBeSealed({ evidence }: SealEvidenceDependencies, { service, message }: Trail): boolean {
  return (
    evidence !== undefined && message?.subject !== undefined && service !== undefined && evidence.seals(service.id)
  );
}

export const sealEvidence =
  ({ evidence, pseudonyms }: SealEvidenceDependencies) =>
  async (incoming: Incoming, trail: Trail, outcome: Outcome): Promise<SealedBodies | undefined> => {
    const subject = trail.message?.subject;
    if (evidence === undefined || subject === undefined) return undefined;
    try {
      return await evidence.seal({
        exchangeId: incoming.id,
        subject: pseudonyms.person(subject),
        request: incoming.content,
        answer: 'answer' in outcome ? outcome.answer.content : undefined,
      });
    } catch (cause) {
      throw new Problem('log-unavailable', 'The evidence of the exchange could not be kept; its answer is withheld.', {
        cause,
      });
    }
  };
