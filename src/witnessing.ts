/** Puts the witnesses of this gateway's log together: who is asked, and what operators hear of it. */

import type { Clock } from './exchange/ports.ts';
import type { Cosigning } from './exchange-log/cosigning.ts';
import { createCosigning, type WitnessObserver } from './exchange-log/witness/ask-witnesses.ts';
import { parseWitnesses, type WitnessSettings } from './exchange-log/witness/peers.ts';
import type { Dependency } from './telemetry/health.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';

export interface Witnessing {
  readonly cosigning: Cosigning;
  readonly health: Dependency;
}

/** Undefined where no witnesses are configured. */
export function createWitnessing(
  settings: WitnessSettings | undefined,
  metrics: Pick<Metrics, 'witnessAnswered' | 'logCosigned'>,
  logger: Logger,
  clock: Clock,
): Witnessing | undefined {
  if (settings === undefined) return undefined;
  const { wanted } = settings;
  const disputing = new Set<string>();
  let obtained = wanted;

  const observer: WitnessObserver = {
    answered(witness, outcome) {
      metrics.witnessAnswered(witness, outcome);
      if (outcome === 'cosigned') disputing.delete(witness);
    },
    failed(witness, fault) {
      if (!fault.isDispute) return logger.warn({ witness, error: fault }, 'a witness does not cosign the log');
      disputing.add(witness);
      logger.error({ witness, error: fault }, 'a witness contradicts this log: it was rolled back or rewritten');
    },
    recovered: (witness) => logger.info({ witness }, 'a witness cosigns again'),
    forgot: (witness, cosignedSize, namedSize) =>
      logger.error({ witness, cosignedSize, namedSize }, 'a witness has lost its memory: its cosignatures prove less'),
    obtained(cosignatures) {
      obtained = cosignatures;
      metrics.logCosigned(cosignatures, wanted);
    },
  };

  return {
    cosigning: createCosigning({
      witnesses: parseWitnesses(settings),
      limits: settings,
      observer,
      nowMs: () => performance.now(),
      timeMs: clock.nowMs,
    }),
    health: {
      name: 'witnesses',
      vital: false,
      check: async () => {
        if (disputing.size > 0)
          throw Object.assign(new Error('a witness contradicts the log'), { kind: 'log-disputed' });
        if (obtained < wanted) throw witnessesMissing();
      },
    },
  };
}

/** As health tells it. */
export const witnessesMissing = () => Object.assign(new Error('too few witnesses'), { kind: 'witnesses-missing' });
