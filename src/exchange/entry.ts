/** Writes an exchange down for the log: who, what, why and with which outcome, in pseudonyms and keyed digests only. */

import type { ExchangeEntry } from './entries.ts';
import type { SealedBodies } from './log-ports.ts';
import type { Clock, Identity, Pseudonyms } from './ports.ts';
import type { Answer, Evidence, Incoming, Outcome, Trail } from './types.ts';

export interface EntryDependencies {
  readonly clock: Clock;
  readonly identity: Identity;
  readonly pseudonyms: Pseudonyms;
}

/**
 * Dossier codes of the national form (organisation, day, number) are no personal data and are searched by; anything
 * else in X-Road-Issue might be. Day and number together are shorter than a personal number, so that none fits in.
 */
const dossierCode = /^[A-Z]\d{2}(\.\d{2,3}){0,2}-\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])-\d{4,5}$/;
/** Of state bodies only: in a free member class somebody's name could stand. */
const memberCode = /^(GOV\/)?[A-Z]\d{2}(\.\d{2,3}){0,2}$/;

/**
 * The members stand in the order of their names, so that printing the entry gives RFC 8785 canonical JSON.
 * @param sealed the bodies' evidence where the service's are sealed; keyed digests otherwise.
 */
export function entryOf(
  deps: EntryDependencies,
  incoming: Incoming,
  trail: Trail,
  outcome: Outcome,
  sealed?: SealedBodies,
): ExchangeEntry {
  const { clock, identity, pseudonyms } = deps;
  const { client, service, parsed, message, grant } = trail;
  const subject = message?.subject ?? parsed?.subject;
  const answer = 'answer' in outcome ? outcome.answer : undefined;
  const problem = 'problem' in outcome ? outcome.problem : undefined;
  const claimed = client === undefined && incoming.clientId !== undefined && identity.isRegistered(incoming.clientId);
  return {
    agreement: grant?.agreementId,
    answer: sealed ? sealed.answer : answer && evidenceOfAnswer(pseudonyms, answer),
    claimedConsumer: claimed ? incoming.clientId : undefined,
    consumer: client?.id,
    corrects: service?.kind === 'push' ? corrected(pseudonyms, incoming, answer) : undefined,
    durationMs: Math.max(0, clock.nowMs() - incoming.receivedAtMs),
    fields: answer?.fields,
    id: incoming.id,
    issue: incoming.issue === undefined ? undefined : printIssue(pseudonyms, incoming.issue),
    kind: service?.kind === 'push' ? 'push' : 'query',
    legalBasis: grant?.legalBasis,
    message: pseudonyms.text(incoming.messageId),
    official: incoming.official === undefined ? undefined : pseudonyms.official(incoming.official),
    problem: problem?.code,
    purpose: grant?.purpose,
    registryMs: answer && Math.round(answer.registryMs * 1000) / 1000,
    repeats: answer?.accepted?.repeats && answer.accepted.exchangeId,
    representedParty: plainOrKeyed(pseudonyms, incoming.representedParty, memberCode),
    request: sealed?.request ?? evidenceOf(pseudonyms, incoming.content, incoming.content.byteLength),
    service: service?.id,
    source: answer?.source,
    status: problem?.kind.status ?? (answer?.accepted === undefined ? 200 : 202),
    subject: subject === undefined ? undefined : pseudonymOf(pseudonyms, subject, answer),
    // Given by the log, which knows how many there are already.
    subjectNumber: undefined,
    time: new Date(incoming.receivedAtMs).toISOString(),
    version: service === undefined || service.kind === 'meta' ? undefined : service.version,
  };
}

/** In the clear only as long as the gateway knows it for an id of its own: a sender may write anything in a UUID's form. */
function corrected(pseudonyms: Pseudonyms, { corrects }: Incoming, answer: Answer | undefined): string | undefined {
  if (corrects === undefined || answer?.accepted !== undefined) return corrects;
  return pseudonyms.text(corrects);
}

/** Also what a search for an issue is recorded as. */
export function printIssue(pseudonyms: Pick<Pseudonyms, 'text'>, issue: string): string {
  return dossierCode.test(issue) ? issue : pseudonyms.text(issue);
}

function evidenceOfAnswer(pseudonyms: Pseudonyms, { content, recorded }: Answer): Evidence {
  const evidence = recorded?.evidence ?? evidenceOf(pseudonyms, content, Buffer.byteLength(content));
  if (recorded !== undefined) recorded.evidence = evidence;
  return evidence;
}

/** The same question is about the same person, so a kept answer's name is that of whoever asks for it next. */
function pseudonymOf(pseudonyms: Pseudonyms, subject: string, answer: Answer | undefined): string {
  const recorded = answer?.recorded;
  const pseudonym = recorded?.subject ?? pseudonyms.person(subject);
  if (recorded !== undefined) recorded.subject = pseudonym;
  return pseudonym;
}

function evidenceOf(pseudonyms: Pseudonyms, content: string | Uint8Array, bytes: number): Evidence {
  return { bytes, digest: pseudonyms.digest(content) };
}

function plainOrKeyed(pseudonyms: Pseudonyms, value: string | undefined, plain: RegExp): string | undefined {
  return value === undefined || plain.test(value) ? value : pseudonyms.text(value);
}
