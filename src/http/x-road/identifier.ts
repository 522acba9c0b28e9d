/** Reads X-Road identifiers into one canonical form, so that agreements, caches and the log can compare them as plain strings. */

import type { XRoadId } from '../../exchange/types.ts';
import { Problem } from '../../problems.ts';

export interface ServicePath {
  /** The called service, five segments. */
  readonly serviceId: XRoadId;
  /** Its owner's subsystem, the first four. */
  readonly subsystemId: XRoadId;
  /** The fifth segment, in canonical form. */
  readonly serviceCode: string;
  /** Segments behind the service, in canonical form, dot segments resolved; the message version here. */
  readonly tail: readonly string[];
}

/** Makes the refusal for one kind of identifier; the fault never repeats what was sent. */
type Refusal = (fault: string) => Problem;

const SERVICE_SEGMENTS = 5;
const SUBSYSTEM_SEGMENTS = 4;

/**
 * The part of a request path behind `/r1/`, still percent-encoded and without its query (PR-REST sections 4.1 and 4.2).
 * One trailing slash is the empty path and changes nothing. Throws Problem `service-identifier-invalid`.
 */
export function parseServicePath(rawPath: string): ServicePath {
  const segments = rawPath.split('/');
  const identifier = canonicalSegments(segments.slice(0, SERVICE_SEGMENTS), refuseService);
  if (identifier.length < SERVICE_SEGMENTS) throw refuseService(`has ${identifier.length} of 5 segments`);
  return {
    serviceId: identifier.join('/'),
    subsystemId: identifier.slice(0, SUBSYSTEM_SEGMENTS).join('/'),
    serviceCode: identifier[SUBSYSTEM_SEGMENTS] as string,
    tail: canonicalTail(segments.slice(SERVICE_SEGMENTS)),
  };
}

/** `instance/memberClass/memberCode[/subsystem]`. Throws Problem `client-identifier-invalid`. */
export function parseClientId(header: string): XRoadId {
  return parseIdentifier(header, 3, 4, refuseClient);
}

/** `[memberClass/]memberCode`. Throws Problem `header-invalid`. */
export function parseRepresentedParty(header: string): string {
  return parseIdentifier(header, 1, 2, refuseRepresentedParty);
}

/** `instance/memberClass/memberCode/serverCode`. Throws Problem `header-invalid`. */
export function parseSecurityServer(header: string): XRoadId {
  return parseIdentifier(header, 4, 4, refuseSecurityServer);
}

/** Of a member, a subsystem or a service: undefined where it is none. */
export function canonicalIdentifier(raw: string, segmentsMin: number, segmentsMax: number): XRoadId | undefined {
  try {
    return parseIdentifier(raw, segmentsMin, segmentsMax, refuseService);
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}

/** Canonical identifier of decoded segments. Throws URIError if a segment holds a lone surrogate. */
export function formatIdentifier(segments: readonly string[]): XRoadId {
  return segments.map(encodeSegment).join('/');
}

/** Decoded segments of a canonical identifier. */
export function identifierSegments(id: XRoadId): string[] {
  return id.split('/').map(decodeURIComponent);
}

const refuseService: Refusal = (fault) =>
  new Problem('service-identifier-invalid', `The service identifier in the path ${fault}.`);
const refuseClient: Refusal = (fault) => new Problem('client-identifier-invalid', `X-Road-Client ${fault}.`);
const refuseRepresentedParty: Refusal = (fault) => new Problem('header-invalid', `X-Road-Represented-Party ${fault}.`);
const refuseSecurityServer: Refusal = (fault) => new Problem('header-invalid', `X-Road-Security-Server ${fault}.`);

function parseIdentifier(raw: string, segmentsMin: number, segmentsMax: number, refuse: Refusal): XRoadId {
  const segments = raw.split('/');
  if (segments.length < segmentsMin || segments.length > segmentsMax) {
    const allowed = segmentsMin === segmentsMax ? `${segmentsMin}` : `${segmentsMin} or ${segmentsMax}`;
    throw refuse(`has ${segments.length} segments where ${allowed} are right`);
  }
  return canonicalSegments(segments, refuse).join('/');
}

/** Dot segments are not resolved here: that would let one path call a service that another reader of it does not see. */
function canonicalSegments(rawSegments: readonly string[], refuse: Refusal): string[] {
  return rawSegments.map((raw, index) => {
    const canonical = canonicalSegment(raw, (fault) => refuse(`has a segment ${index + 1} that ${fault}`));
    if (DOT_SEGMENT.test(canonical)) throw refuse(`has a segment ${index + 1} that is . or ..`);
    return canonical;
  });
}

/** Resolves dot segments as RFC 3986 section 5.2.4 does; what would climb out of the tail is refused. */
function canonicalTail(rawSegments: readonly string[]): string[] {
  const tail: string[] = [];
  for (const [index, raw] of rawSegments.entries()) {
    if (raw === '' && index === rawSegments.length - 1) break;
    const canonical = canonicalSegment(raw, (fault) => refuseService(`is followed by a segment that ${fault}`));
    if (canonical === '.') continue;
    if (canonical !== '..') tail.push(canonical);
    else if (tail.pop() === undefined) throw refuseService('is followed by .. that leads out of the service');
  }
  if (tail.some((segment) => DOT_SEGMENT.test(segment))) throw refuseService('is followed by an encoded . or ..');
  return tail;
}

/** The accepted alphabet is `pchar` of RFC 3986 section 3.3. */
const WELL_FORMED = /^(?:[\w\-.~!$&'()*+,;=:@]|%[\dA-Fa-f]{2})+$/;
/** A part between plain, encoded or back slashes that is `.` or `..`, in canonical form. */
const DOT_SEGMENT = /(?:^|%2F|%5C)\.\.?(?:$|%2F|%5C)/;
/** Control, format and line-separating characters: nobody can see them, so two identifiers that look equal could differ. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

function canonicalSegment(raw: string, refuse: Refusal): string {
  if (raw === '') throw refuse('is empty');
  if (!WELL_FORMED.test(raw)) throw refuse('holds a character that must be percent-encoded');
  if (!raw.includes('%')) return raw;
  const decoded = decodeSegment(raw);
  if (decoded === undefined) throw refuse('is not percent-encoded UTF-8');
  if (INVISIBLE.test(decoded)) throw refuse('holds an invisible character');
  return encodeSegment(decoded);
}

/** Undefined where the bytes are not UTF-8; decodeURIComponent also refuses overlong forms and encoded surrogates. */
function decodeSegment(raw: string): string | undefined {
  try {
    return decodeURIComponent(raw);
  } catch {
    return undefined;
  }
}

/** What encodeURIComponent escapes although a path segment may hold it as it is. */
const NEEDLESSLY_ESCAPED = /%(?:24|26|2B|2C|3A|3B|3D|40)/g;

function encodeSegment(decoded: string): string {
  return encodeURIComponent(decoded).replace(NEEDLESSLY_ESCAPED, decodeURIComponent);
}
