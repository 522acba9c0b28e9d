/** A slow resolver in place of the machine's, behind the look-up that a serving process shares. */

import dns, { type LookupOptions } from 'node:dns';
import { isIP } from 'node:net';
import type { Test } from 'tap';
import type { NameSettings } from '../../src/names/settings.ts';
import { type SharedLookups, shareLookups } from '../../src/names/share-lookups.ts';
import { createSlowResolver, type SlowResolver } from './slow-resolver.ts';

export interface MachineNames extends SharedLookups {
  readonly resolver: SlowResolver;
  /** What the machine's resolver was asked. */
  readonly asked: readonly LookupOptions[];
}

export function shareMachineNames(t: Test, settings: NameSettings): MachineNames {
  const resolver = createSlowResolver();
  const asked: LookupOptions[] = [];
  const { lookup: own } = dns;
  const machine = (hostname: string, options: LookupOptions, done: (...found: unknown[]) => void) => {
    if (isIP(hostname) !== 0) return own(hostname, options, done);
    asked.push(options);
    const { family = 0, hints = 0, order } = options;
    resolver.ask({ hostname, family: Number(family), hints, order }).then(
      (found) => done(null, found),
      (error) => done(error),
    );
  };
  t.intercept(dns, 'lookup', { value: machine });
  const clock = { nowMs: () => performance.now() };
  const shared = shareLookups({ settings, clock, env: {}, told: () => undefined });
  t.teardown(() => {
    shared.close();
    resolver.giveUp();
  });
  return { ...shared, resolver, asked };
}
