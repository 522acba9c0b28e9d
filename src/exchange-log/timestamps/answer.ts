/** Takes a timestamp authority's answer apart: TimeStampResp (RFC 3161 section 2.4.2). */

import { type BaseBlock, fromBER, type Sequence } from 'asn1js';
import { PKIStatusInfo } from 'pkijs';
import { bufferOf } from './request.ts';
import { isStrictDer } from './strict-der.ts';
import { demandStamp, TimestampError } from './timestamp-error.ts';

/** The status `granted` and nothing else: so the answers that are kept begin. */
const granted = Buffer.from('3003020100', 'hex');
const grantedWithChanges = 1;
const statusNames = ['granted', 'granted with changes', 'rejection', 'waiting', 'revocation warning', 'revoked'];
const failures: Readonly<Record<number, string>> = {
  0: 'badAlg',
  2: 'badRequest',
  5: 'badDataFormat',
  14: 'timeNotAvailable',
  15: 'unacceptedPolicy',
  16: 'unacceptedExtension',
  17: 'addInfoNotAvailable',
  25: 'systemFailure',
};

/** DER of an answer that holds the authority's token, byte for byte, and the plain status. Throws TimestampError. */
export function keptAnswer(answer: Uint8Array): Buffer {
  const [status, token] = partsOf(answer);
  demandGranted(status);
  demandStamp(token !== undefined, 'the answer holds no token');
  return sequenceOf([granted, rawOf(token)]);
}

/** The token of an answer as `keptAnswer` gives it. Throws TimestampError. */
export function tokenOf(kept: Uint8Array): BaseBlock {
  const [status, token] = partsOf(kept);
  demandStamp(status !== undefined && rawOf(status).equals(granted), 'its status is not as it was kept');
  demandStamp(token !== undefined, 'it holds no token');
  demandStamp(sequenceOf([granted, rawOf(token)]).equals(kept), 'it is not in the form in which it was kept');
  return token;
}

/** The bytes from which a part was read. */
export function rawOf(block: BaseBlock): Buffer {
  return Buffer.from(block.valueBeforeDecodeView);
}

/** What a constructed part holds; nothing where it is none. */
export function membersOf(block: BaseBlock | undefined): readonly BaseBlock[] {
  const members = (block as Partial<Sequence> | undefined)?.valueBlock?.value;
  return Array.isArray(members) ? members : [];
}

function partsOf(answer: Uint8Array): readonly BaseBlock[] {
  demandStamp(answer.byteLength > 0 && isStrictDer(Buffer.from(answer)), 'the answer is no DER');
  const { offset, result } = decode(answer);
  demandStamp(offset === answer.byteLength, 'more follows the answer');
  const parts = membersOf(result);
  demandStamp(parts.length === 1 || parts.length === 2, 'the answer is no TimeStampResp');
  return parts;
}

function decode(answer: Uint8Array) {
  try {
    return fromBER(bufferOf(answer));
  } catch (cause) {
    // A nesting too deep for the parser, for one.
    throw Object.assign(new TimestampError('the answer cannot be parsed'), { cause });
  }
}

function demandGranted(block: BaseBlock | undefined): void {
  const { status, failInfo } = readStatus(block);
  if (status === 0 || status === grantedWithChanges) return;
  const bits = failInfo === undefined ? [] : [...Buffer.from(failInfo.valueBlock.valueHexView)];
  const names = Object.entries(failures).filter(([bit]) => {
    const at = Number(bit);
    return ((bits[at >> 3] ?? 0) & (0x80 >> (at & 7))) !== 0;
  });
  const why = names.map(([, name]) => ` (${name})`).join('');
  throw new TimestampError(`the authority refused: ${statusNames[status] ?? `status ${status}`}${why}`);
}

function readStatus(schema: BaseBlock | undefined): PKIStatusInfo {
  try {
    return new PKIStatusInfo({ schema: schema as Sequence });
  } catch (cause) {
    throw Object.assign(new TimestampError('the answer has no status'), { cause });
  }
}

function sequenceOf(parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const length: number[] = [];
  for (let rest = content.byteLength; rest > 0; rest >>>= 8) length.unshift(rest & 0xff);
  const prefix = content.byteLength < 0x80 ? [content.byteLength] : [0x80 | length.length, ...length];
  return Buffer.concat([Buffer.of(0x30, ...prefix), content]);
}
