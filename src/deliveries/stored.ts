/** A push as it lies in the database: what is sealed of it, and the row beside it. */

import type { ExchangeEntry } from '../exchange/entries.ts';
import type { OfferedPush } from '../exchange/ports.ts';
import type { MessageValue, PushService } from '../exchange/services.ts';
import type { DeliverySecrets } from './secrets.ts';

/** What only a gateway with the delivery key can read. */
export interface SealedMessage {
  readonly value: MessageValue;
  readonly official: string | undefined;
  readonly issue: string | undefined;
  /** Of the acceptance, should it have to be recorded later. */
  readonly entry: ExchangeEntry;
}

/** What the legs have brought so far. */
export interface SealedResults {
  /** By name of the leg. */
  readonly legs: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly refusal?: { readonly code: string; readonly en: string; readonly vi: string };
  /** See Delivery: of the leg that is next. */
  readonly round?: number;
}

/** As `insert.sql` reads it. */
export interface NewRow {
  readonly id: string;
  readonly accepted_ms: number;
  readonly sender: string;
  readonly service: string;
  readonly version: string;
  readonly registry: string;
  /** Keyed: whom it is about, first of all by whom its queue is ordered; itself alone where that is nobody. */
  readonly persons: readonly string[];
  readonly message_name: string | null;
  readonly message_digest: string;
  readonly issue: string | null;
  readonly corrects: string | null;
  readonly content: string;
}

/** Dossier codes of the national form are no personal data; anything else might be. */
const dossierCode = /^[A-Z]\d{2}(\.\d{2,3}){0,2}-\d{6}-\d{4,5}$/;

export function newRow(secrets: DeliverySecrets, push: OfferedPush): NewRow {
  const { service, message, entry } = push;
  const id = message.exchangeId;
  const sealed: SealedMessage = { value: message.value, official: push.official, issue: push.issue, entry };
  return {
    id,
    accepted_ms: push.acceptedAtMs,
    sender: push.sender,
    service: service.id,
    version: service.version,
    registry: service.registry,
    persons: personKeys(secrets, service.personsIn(message.value, {}), id),
    message_name: push.messageName === undefined ? null : secrets.name('message-name', push.messageName, 'base64'),
    message_digest: secrets.name(
      'message',
      Buffer.concat([Buffer.from(`${service.key}\0${push.corrects ?? ''}\0`), push.content]),
      'base64',
    ),
    issue: push.issue === undefined ? null : issueOf(secrets, push.issue),
    corrects: push.corrects ?? null,
    content: base64(secrets.seal(id, 'message', JSON.stringify(sealed))),
  };
}

/** Of each person, or of the exchange where there is none. */
export function personKeys(secrets: DeliverySecrets, pins: readonly string[], exchangeId: string): string[] {
  return (pins.length === 0 ? [exchangeId] : pins).map((pin) => orderKeyOf(secrets, pin));
}

export function orderKeyOf(secrets: DeliverySecrets, subject: string): string {
  return secrets.name('order', subject, 'base64url');
}

/** As the column has it: readable where it has the form of a dossier code, keyed otherwise. */
export function issueOf(secrets: DeliverySecrets, issue: string): string {
  return dossierCode.test(issue) ? issue : secrets.name('issue', issue, 'base64url');
}

export function openMessage(secrets: DeliverySecrets, id: string, content: Uint8Array): SealedMessage {
  return JSON.parse(secrets.open(id, 'message', content)) as SealedMessage;
}

export function openResults(secrets: DeliverySecrets, id: string, results: Uint8Array | null): SealedResults {
  return results === null ? { legs: {} } : (JSON.parse(secrets.open(id, 'results', results)) as SealedResults);
}

export function sealResults(secrets: DeliverySecrets, id: string, results: SealedResults): string {
  return base64(secrets.seal(id, 'results', JSON.stringify(results)));
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64');
}

/** What the sender is given in the end: the results of all legs in one. */
export function mergedResult({ legs }: PushService, results: SealedResults): Record<string, unknown> {
  return Object.assign({}, ...legs.map(({ delivery }) => results.legs[delivery]));
}
