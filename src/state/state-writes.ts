/** Knows whether the state database takes writes, by what those who had something to write met: nothing is written only to find out. */

import { SourceError } from '../adapter-kit/source-error.ts';

/** A standby, or set to only be read; no room for more. */
export type WriteRefusal = 'read-only' | 'full';

export interface StateWrites {
  /** What a statement failed with; false where it says nothing about writing. */
  met(error: unknown): boolean;
  /** A session has said whether it may write. */
  seen(isReadOnly: boolean): void;
  /** Undefined where writes are taken, as far as is known. */
  refusal(): WriteRefusal | undefined;
}

/** `kind` is what a health check tells. */
export class WritesRefused extends Error {
  override readonly name = 'WritesRefused';
  readonly kind: WriteRefusal;

  constructor(kind: WriteRefusal) {
    super(`the state database takes no writes: ${kind}`);
    this.kind = kind;
  }
}

export interface StateWritesSetup {
  /** For which a refusal is told after it was met last, milliseconds: longer than the pause of those who try again. */
  readonly heldMs: number;
  /** Told when it begins. */
  readonly refused: (refusal: WriteRefusal) => void;
}

/** As `failureOf` tells them; PostgreSQL's documentation, appendix A: read_only_sql_transaction, disk_full. */
const refusals: Readonly<Record<string, WriteRefusal>> = { '25006': 'read-only', '53100': 'full' };

/** One for all connections of a gateway: pushes meet what searches do not. */
export function createStateWrites({ heldMs, refused }: StateWritesSetup): StateWrites {
  let last: { readonly refusal: WriteRefusal; readonly atMs: number } | undefined;

  function current(): WriteRefusal | undefined {
    if (last !== undefined && performance.now() - last.atMs > heldMs) last = undefined;
    return last?.refusal;
  }

  function note(refusal: WriteRefusal): void {
    const isNew = current() !== refusal;
    last = { refusal, atMs: performance.now() };
    if (isNew) refused(refusal);
  }

  return {
    met(error) {
      const refusal = error instanceof SourceError ? refusalOf(error) : undefined;
      if (refusal !== undefined) note(refusal);
      return refusal !== undefined;
    },
    seen(isReadOnly) {
      if (isReadOnly) note('read-only');
      else if (last?.refusal === 'read-only') last = undefined;
    },
    refusal: current,
  };
}

function refusalOf({ message }: SourceError): WriteRefusal | undefined {
  return refusals[/ SQLSTATE (\w{5})/.exec(message)?.[1] ?? ''];
}
