/** Finds limits that cannot be divided among the workers: each has one place at least, and all together would take more than is allowed. */

import { ConfigError, type ConfigFault } from './config-reader.ts';
import type { Offer } from './offer.ts';

type Shared = Pick<Offer, 'configuration' | 'adapters'>;

export function workerFaults({ configuration, adapters }: Shared, workers: number): ConfigFault[] {
  const { perSecondMax } = configuration.gateway.deliveries;
  const cannot = (what: string) => `${what} cannot be divided among ${workers} workers: run fewer, or set it higher`;
  const registries = adapters.flatMap(({ definition: { manifest } }, index) =>
    manifest.concurrencyMax < workers
      ? [
          {
            file: 'registries.yaml',
            at: `/registries/${index}/adapter`,
            message: cannot(`concurrencyMax ${manifest.concurrencyMax} of its manifest`),
          },
        ]
      : [],
  );
  const deliveries =
    perSecondMax < workers
      ? [{ file: 'gateway.yaml', at: '/deliveries/perSecondMax', message: cannot(String(perSecondMax)) }]
      : [];
  return [...registries, ...deliveries];
}

/** For a number of workers that the configuration does not say itself. Throws ConfigError. */
export function demandShares(offer: Offer, workers: number): Offer {
  const faults = workerFaults(offer, workers);
  if (faults.length > 0) throw new ConfigError(faults);
  return offer;
}
