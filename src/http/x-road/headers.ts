/** Reads the headers of the X-Road REST protocol once and strictly, so that nothing behind it looks at a raw header again. */

import type { IncomingHttpHeaders } from 'node:http';
import type { XRoadId } from '../../exchange/types.ts';
import { Problem } from '../../problems.ts';
import { exchangeIdForm } from '../exchange-id.ts';
import { mayRepeatNames } from '../repeated-names.ts';
import { parseRepresentedParty, parseSecurityServer } from './identifier.ts';

/** Longest accepted values, as sent; characters. */
export interface XRoadHeaderLimits {
  /** Of each of X-Road-Client, X-Road-Represented-Party and X-Road-Security-Server, percent-encoded. */
  readonly identifierCharactersMax: number;
  readonly messageIdCharactersMax: number;
  readonly userIdCharactersMax: number;
  readonly issueCharactersMax: number;
  readonly purposeCharactersMax: number;
}

export interface XRoadHeaderDefaults {
  /** X-Road instance of this gateway, canonical: the first part of a message id that the gateway makes. */
  readonly instance: string;
  readonly makeUuid: () => string;
  readonly limits: XRoadHeaderLimits;
  /** `parseClientId`, or what remembers its results. */
  readonly readClientId: (header: string) => XRoadId;
}

export interface MessageId {
  /** Echoed as X-Road-Id. */
  readonly messageId: string;
  /** True where the caller sent none; such an id is also part of the request hash. */
  readonly messageIdMade: boolean;
}

export interface XRoadHeaders extends MessageId {
  readonly clientId: XRoadId;
  readonly userId: string | undefined;
  readonly issue: string | undefined;
  readonly representedParty: string | undefined;
  readonly securityServer: XRoadId | undefined;
  /** Exchange-Purpose. */
  readonly purpose: string | undefined;
  readonly idempotencyKey: string | undefined;
  /** Exchange-Corrects. */
  readonly corrects: string | undefined;
}

/**
 * PR-REST section 4.3. X-Road-Request-Id is not read: the gateway makes its own for each call.
 * An optional header that is empty counts as absent, because generated clients send such.
 * Throws Problem `header-missing`, `client-identifier-invalid` or `header-invalid`.
 */
export function readXRoadHeaders(
  headers: IncomingHttpHeaders,
  rawHeaders: readonly string[],
  defaults: XRoadHeaderDefaults,
): XRoadHeaders {
  const { limits } = defaults;
  refuseRepeated(headers, rawHeaders);
  const client = bounded(headers, 'x-road-client', limits.identifierCharactersMax);
  if (client === undefined) throw new Problem('header-missing', 'X-Road-Client is missing.');
  const representedParty = bounded(headers, 'x-road-represented-party', limits.identifierCharactersMax);
  const securityServer = bounded(headers, 'x-road-security-server', limits.identifierCharactersMax);
  return {
    clientId: defaults.readClientId(client),
    ...readMessageId(headers, defaults),
    userId: readText(headers, 'x-road-userid', limits.userIdCharactersMax),
    issue: readText(headers, 'x-road-issue', limits.issueCharactersMax),
    representedParty: representedParty === undefined ? undefined : parseRepresentedParty(representedParty),
    securityServer: securityServer === undefined ? undefined : parseSecurityServer(securityServer),
    purpose: readPurpose(headers, limits.purposeCharactersMax),
    idempotencyKey: readIdempotencyKey(headers, limits.messageIdCharactersMax),
    corrects: readCorrects(headers),
  };
}

/** Also for a request that is refused before its other headers are read. Throws Problem `header-invalid`. */
export function readMessageId(headers: IncomingHttpHeaders, defaults: XRoadHeaderDefaults): MessageId {
  const sent = bounded(headers, 'x-road-id', defaults.limits.messageIdCharactersMax);
  if (sent === undefined) {
    return { messageId: `${defaults.instance}-${defaults.makeUuid()}`, messageIdMade: true };
  }
  if (!PRINTABLE_ASCII.test(sent)) throw new Problem('header-invalid', 'X-Road-Id may hold printable ASCII only.');
  return { messageId: sent, messageIdMade: false };
}

/** Outside `/r1`, where it names the case that a look belongs to. Throws Problem `header-invalid`. */
export function readIssue(
  headers: IncomingHttpHeaders,
  rawHeaders: readonly string[],
  limits: Pick<XRoadHeaderLimits, 'issueCharactersMax'>,
): string | undefined {
  refuseRepeated(headers, rawHeaders);
  return readText(headers, 'x-road-issue', limits.issueCharactersMax);
}

/** Everything that a header may be here without being decoded; X-Road-Id is echoed, so it must be sendable. */
export const PRINTABLE_ASCII = /^[\x20-\x7e]+$/;

/** The headers that are read here. PR-REST lets the last X-Road-Client win; two readers could disagree about that, so none may repeat. */
const SPELT = {
  'x-road-client': 'X-Road-Client',
  'x-road-id': 'X-Road-Id',
  'x-road-userid': 'X-Road-UserId',
  'x-road-issue': 'X-Road-Issue',
  'x-road-represented-party': 'X-Road-Represented-Party',
  'x-road-security-server': 'X-Road-Security-Server',
  'exchange-purpose': 'Exchange-Purpose',
  'exchange-corrects': 'Exchange-Corrects',
  'idempotency-key': 'Idempotency-Key',
} as const;

function refuseRepeated(headers: IncomingHttpHeaders, rawHeaders: readonly string[]): void {
  if (!mayRepeatNames(headers, rawHeaders)) return;
  const seen = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] as string).toLowerCase();
    if (!Object.hasOwn(SPELT, name)) continue;
    if (seen.has(name)) throw new Problem('header-invalid', `${name} is sent more than once.`);
    seen.add(name);
  }
}

/** The value as Node gives it, one character a byte; undefined where absent or empty. */
function bounded(headers: IncomingHttpHeaders, name: keyof typeof SPELT, charactersMax: number): string | undefined {
  const value = headers[name] as string | undefined;
  if (value === undefined || value === '') return undefined;
  if (value.length > charactersMax) {
    throw new Problem('header-invalid', `${SPELT[name]} is longer than ${charactersMax} characters.`);
  }
  return value;
}

/** Opaque text: visible characters and spaces. Senders put UTF-8 into what RFC 9110 section 5.5 calls opaque bytes. */
function readText(headers: IncomingHttpHeaders, name: keyof typeof SPELT, charactersMax: number): string | undefined {
  const value = bounded(headers, name, charactersMax);
  if (value === undefined || PRINTABLE_ASCII.test(value)) return value;
  const text = decodeUtf8(value);
  if (text === undefined) throw new Problem('header-invalid', `${SPELT[name]} is not UTF-8.`);
  if (UNPRINTABLE.test(text)) throw new Problem('header-invalid', `${SPELT[name]} holds an invisible character.`);
  return text;
}

/** Tabs, controls, format characters, and every space but the plain one. */
export const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;

function decodeUtf8(latin1: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(latin1, 'latin1'));
  } catch {
    return undefined;
  }
}

function readPurpose(headers: IncomingHttpHeaders, charactersMax: number): string | undefined {
  const value = bounded(headers, 'exchange-purpose', charactersMax);
  if (value !== undefined && !/^[a-z0-9-]+$/.test(value)) {
    throw new Problem('header-invalid', 'Exchange-Purpose may hold lower-case letters, digits and hyphens only.');
  }
  return value;
}

/**
 * draft-ietf-httpapi-idempotency-key-header: a string of RFC 9651 (section 3.3.3); as generated clients often send it,
 * without its quotes. Both are one name, or the same push from another client would be another push.
 */
function readIdempotencyKey(headers: IncomingHttpHeaders, charactersMax: number): string | undefined {
  const value = bounded(headers, 'idempotency-key', charactersMax);
  if (value === undefined) return undefined;
  const isQuoted = value.startsWith('"');
  const [, content] = (isQuoted ? QUOTED : /^(.*)$/).exec(value) ?? [];
  if (content === undefined) {
    throw new Problem('header-invalid', 'Idempotency-Key begins with a quote: it must be one string in quotes.');
  }
  const key = isQuoted ? content.replace(/\\(.)/g, '$1') : content;
  if (PRINTABLE_ASCII.test(key)) return key;
  throw new Problem('header-invalid', 'Idempotency-Key must hold printable ASCII, one character at least.');
}

/** Backslashes stand before quotes and backslashes only. */
const QUOTED = /^"((?:[^"\\]|\\["\\])*)"$/;

function readCorrects(headers: IncomingHttpHeaders): string | undefined {
  const value = bounded(headers, 'exchange-corrects', exchangeIdCharacters);
  if (value === undefined || exchangeIdForm.test(value)) return value;
  throw new Problem('header-invalid', 'Exchange-Corrects must be the id of an exchange, as Exchange-Id named it.');
}

const exchangeIdCharacters = 36;
