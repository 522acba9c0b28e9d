/** What workers are given to serve by: the configuration as the parent read it, and the former one until a worker could serve by it. */

import type { ConfigTexts } from './config-reader.ts';
import type { Offer } from './offer.ts';
import type { Foundation } from './premises.ts';

export interface Given {
  readonly texts: ConfigTexts;
  /** Settings of the sample registries that the parent has stood up, by the name of the adapter. */
  readonly registries: Readonly<Record<string, unknown>>;
}

export interface GivenConfigurations {
  /** For a worker that is started now; `served` says that it serves by it, so that others can, too. */
  take(): Given & { served(): void };
  /** Is given from now on; what is returned ends that, unless a worker serves by it. */
  offer(given: Given): () => void;
}

interface Numbered extends Given {
  readonly number: number;
}

export function createGivenConfigurations(): GivenConfigurations {
  let last = 0;
  let adopted: Numbered | undefined;
  let onTrial: Numbered | undefined;
  return {
    take() {
      const taken = onTrial ?? adopted;
      if (taken === undefined) throw new Error('no configuration has been read');
      return {
        ...taken,
        served() {
          // A worker may be slow to serve by what was given before.
          if (taken.number > (adopted?.number ?? 0)) adopted = taken;
        },
      };
    },
    offer(given) {
      last += 1;
      const offered = { ...given, number: last };
      onTrial = offered;
      return () => {
        if (onTrial === offered) onTrial = undefined;
      };
    },
  };
}

/** What is given for the offer, with its sample registries running. */
export async function standUp(foundation: Foundation, { adapters, configuration }: Offer): Promise<Given> {
  const embedded = adapters.filter(({ entry }) => entry.source === 'embedded');
  const settings = embedded.map(async (adapter) => {
    return [adapter.definition.manifest.name, await foundation.settingsOf(adapter)] as const;
  });
  return { texts: configuration.texts, registries: Object.fromEntries(await Promise.all(settings)) };
}
