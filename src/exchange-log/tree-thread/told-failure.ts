/** A failure on its way to another thread, which keeps neither its class nor its code by itself. */

import { LogDamage } from '../store/damage.ts';
import { DiskFailure } from '../store/disk-failure.ts';

export type ToldFailure =
  | { readonly kind: 'damage'; readonly file: string; readonly offset: number | undefined; readonly reason: string }
  | { readonly kind: 'disk'; readonly path: string; readonly cause: ToldError }
  | ({ readonly kind: 'other' } & ToldError);

interface ToldError {
  readonly message: string;
  /** As the system has it, such as ENOENT. */
  readonly code: string | undefined;
}

export function tell(error: unknown): ToldFailure {
  if (error instanceof LogDamage) {
    return { kind: 'damage', file: error.file, offset: error.offset, reason: error.reason };
  }
  if (error instanceof DiskFailure) return { kind: 'disk', path: error.path, cause: tellError(error.cause) };
  return { kind: 'other', ...tellError(error) };
}

function tellError(error: unknown): ToldError {
  if (!(error instanceof Error)) return { message: String(error), code: undefined };
  return { message: error.message, code: (error as NodeJS.ErrnoException).code };
}

/** The failure as it was, without its stack. */
export function failureOf(told: ToldFailure): Error {
  if (told.kind === 'damage') return new LogDamage(told.file, told.offset, told.reason);
  return told.kind === 'disk' ? new DiskFailure(told.path, errorOf(told.cause)) : errorOf(told);
}

const errorOf = ({ message, code }: ToldError) => Object.assign(new Error(message), code === undefined ? {} : { code });
