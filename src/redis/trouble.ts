/** What can be wrong with Redis, in words that may be shown: neither its addresses nor what it says itself. */

export type RedisTrouble =
  | 'connecting'
  | 'unreachable'
  | 'timeout'
  | 'garbled'
  | 'deaf'
  | 'refused'
  | 'read-only'
  | 'loading'
  | 'moved'
  | 'full'
  | 'failed'
  | 'closed';

/** Redis did not do what it was asked; go on without it. */
export class RedisAway extends Error {
  override readonly name = 'RedisAway';
  readonly kind: RedisTrouble;

  constructor(kind: RedisTrouble, options?: ErrorOptions) {
    super(`Redis: ${kind}`, options);
    this.kind = kind;
  }
}

/** By the first word of an error reply. */
const kinds: Readonly<Record<string, RedisTrouble>> = {
  OOM: 'full',
  READONLY: 'read-only',
  LOADING: 'loading',
  NOAUTH: 'refused',
  WRONGPASS: 'refused',
  NOPERM: 'refused',
  MASTERDOWN: 'unreachable',
  CLUSTERDOWN: 'unreachable',
  MOVED: 'moved',
  ASK: 'moved',
  MISCONF: 'failed',
  BUSY: 'timeout',
};

export function troubleOf(error: unknown): RedisTrouble {
  if (error instanceof RedisAway) return error.kind;
  if (!isReply(error)) return 'unreachable';
  return kinds[error.message.split(' ')[0] ?? ''] ?? 'failed';
}

/** True where only this one command was refused: a full server still reads and deletes, and somebody may have put a list under a key of ours. */
export function isOfOneCommand(error: unknown): boolean {
  if (!isReply(error)) return false;
  const word = error.message.split(' ')[0] ?? '';
  return word === 'OOM' || !(word in kinds);
}

/** True for an error that the server answered with. */
export function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}
