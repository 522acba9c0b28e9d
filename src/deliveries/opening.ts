/** Opens the deliveries as soon as the state database lets it, however long that takes. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { StateDatabase } from '../state/state-database.ts';
import { readStatement } from '../state/statements.ts';
import { DeliveryKeyFault } from './delivery-key-fault.ts';
import type { DeliverySecrets } from './secrets.ts';
import type { DeliverySettings } from './settings.ts';

export interface OpeningSetup {
  readonly database: Pick<StateDatabase, 'opened' | 'query'>;
  readonly secrets: Pick<DeliverySecrets, 'fingerprint'>;
  /** What has to be done before anything is accepted; tried again until it succeeds. */
  readonly prepare: () => Promise<void>;
  readonly settings: Pick<DeliverySettings, 'retryMs'>;
  /** Nothing is tried any more once it aborts. */
  readonly signal: AbortSignal;
  readonly opened: () => void;
  /** It cannot be: told once. */
  readonly failed: (error: unknown) => void;
}

export interface Opening {
  /** Whether it is open, or why nobody but an operator can change that it is not. */
  standing(): 'open' | 'opening' | DeliveryKeyFault;
  /** Resolves when it is open, or the signal aborts. */
  go(): Promise<void>;
  /** Resolves when the first attempt succeeded or failed. */
  readonly tried: Promise<void>;
}

const key = readStatement(new URL('sql/', import.meta.url), 'key');

export function createOpening(setup: OpeningSetup): Opening {
  const { database, secrets, settings, signal } = setup;
  const attempted = Promise.withResolvers<void>();
  let standing: ReturnType<Opening['standing']> = 'opening';

  /** With another key, nothing that the others accepted could be read, and what they have would not be recognised. */
  async function demandKey(): Promise<void> {
    const [known] = await database.query<{ fingerprint: Buffer }>(key, { fingerprint: secrets.fingerprint });
    if (known?.fingerprint.equals(secrets.fingerprint)) return;
    throw new DeliveryKeyFault();
  }

  return {
    standing: () => standing,
    tried: attempted.promise,
    async go() {
      await database.opened(signal).catch(() => undefined);
      for (let told = false; !signal.aborted; ) {
        try {
          await demandKey();
          await setup.prepare();
          standing = 'open';
          attempted.resolve();
          return setup.opened();
        } catch (error) {
          standing = error instanceof DeliveryKeyFault ? error : 'opening';
          if (!told && !signal.aborted) setup.failed(error);
          told = true;
          attempted.resolve();
          await sleep(settings.retryMs, undefined, { signal }).catch(() => undefined);
        }
      }
    },
  };
}
