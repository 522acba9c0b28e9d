/** Finds, before the client reads them, bytes that no Redis sends to somebody who asks what we ask: on some of these the client would end the process. */

import type { Socket } from 'node:net';
import { RedisAway } from './trouble.ts';

/** A line that tells type and size, and an error's text, is never longer, bytes. */
const lineBytesMax = 65_536;

/** As in `>3 message channel text`: of fewer the client would read more than there are. */
const pushPartsMin = 3;

/** The stream ends with RedisAway where nonsense comes, which nobody is given. */
export function watchReplies<T extends Socket>(stream: T): T {
  const isSound = createReplyWatch();
  const emit = stream.emit.bind(stream) as (event: string | symbol, ...values: unknown[]) => boolean;
  stream.emit = (event: string | symbol, ...values: unknown[]) => {
    if (event !== 'data' || isSound(values[0] as Buffer)) return emit(event, ...values);
    stream.destroy(new RedisAway('garbled'));
    return true;
  };
  return stream;
}

/**
 * Takes what comes, in any pieces; false once that is no RESP3 (https://redis.io/docs/latest/develop/reference/protocol-spec/),
 * or is none that we could be meant by: a null that is nobody's answer, a push of too few parts or with a null in it.
 */
export function createReplyWatch(): (bytes: Buffer) => boolean {
  /** Bytes of a string still to come, with the line's end behind it. */
  let bodyBytes = 0;
  let begun = '';
  /** Values still to come until the reply is whole. */
  let missing = 0;
  let isPush = false;

  function takeLine(line: string): boolean {
    const isFirst = missing === 0;
    const type = line[0] ?? '';
    if (isFirst) {
      missing = 1;
      isPush = type === '>';
    }
    missing -= 1;
    if (type === '_') return !isFirst && !isPush;
    if (scalars.has(type)) return true;
    const size = Number(line.slice(1, -1) || Number.NaN);
    if (!Number.isSafeInteger(size) || size < -1) return false;
    if (size === -1) return (type === '$' || type === '*') && !isFirst && !isPush;
    if (bodies.has(type)) bodyBytes = size + 2;
    else if (type === '>' && !(isFirst && size >= pushPartsMin)) return false;
    else if (type in partsOf) missing += size * (partsOf[type] as number);
    else return false;
    return true;
  }

  return (bytes) => {
    for (let at = 0; at < bytes.length; ) {
      if (bodyBytes > 0) {
        const passed = Math.min(bodyBytes, bytes.length - at);
        bodyBytes -= passed;
        at += passed;
        continue;
      }
      const end = bytes.indexOf(lineFeed, at);
      begun += bytes.toString('latin1', at, end === -1 ? bytes.length : end);
      if (begun.length > lineBytesMax) return false;
      if (end === -1) return true;
      const line = begun;
      begun = '';
      at = end + 1;
      if (!takeLine(line)) return false;
    }
    return true;
  };
}

const lineFeed = 10;

/** Simple strings, errors, integers, doubles, booleans, great numbers. */
const scalars: ReadonlySet<string> = new Set(['+', '-', ':', ',', '#', '(']);

/** Strings, long errors, strings with their format. */
const bodies: ReadonlySet<string> = new Set(['$', '!', '=']);

/** Arrays, sets, pushes; maps have two values for each that they count. */
const partsOf: Readonly<Record<string, number>> = { '*': 1, '~': 1, '>': 1, '%': 2 };
