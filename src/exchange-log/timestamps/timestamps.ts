/** Puts the parts of timestamping together: authority, files, and the one who asks. */

import type { Clock } from '../../exchange/ports.ts';
import { type AuthoritySettings, createAskAuthority } from './ask-authority.ts';
import type { Authorities } from './authorities.ts';
import type { TimestampStore } from './timestamp-store.ts';
import { startTimestamper, type Timestamper, type TimestamperSettings, type TimestampObserver } from './timestamper.ts';
import { openTimestamp } from './token.ts';

export type TimestampSettings = AuthoritySettings &
  TimestamperSettings & {
    /** PEM files with the certificates of trusted authorities, relative to the configuration folder. */
    readonly caFiles: readonly string[];
  };

export interface TimestampsSetup {
  readonly settings: TimestampSettings;
  readonly authorities: Authorities;
  readonly store: TimestampStore;
  readonly checkpoint: () => string;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Buffer;
  readonly observer: TimestampObserver;
}

/** Asks for the first one as soon as the interval since the newest is over. */
export async function startTimestamps(setup: TimestampsSetup): Promise<Timestamper> {
  const { store, authorities } = setup;
  return startTimestamper({ ...setup, ask: createAskAuthority(setup) }, await newestMs(store, authorities));
}

/** Undefined also where the newest one does not hold: then one more is wanted at once. */
async function newestMs(store: TimestampStore, authorities: Authorities): Promise<number | undefined> {
  const size = store.sizes.at(-1);
  const files = size === undefined ? undefined : await store.read(size);
  if (files === undefined) return undefined;
  return openTimestamp(files.answer, files.note, authorities).then(
    ({ generatedMs }) => generatedMs,
    () => undefined,
  );
}
