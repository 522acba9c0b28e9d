/** The three sample registries side by side, and a push carried through its legs by hand, as any deliverer would. */

import type { Test } from 'tap';
import judicial from '../../adapters/judicial/adapter.ts';
import population from '../../adapters/population/adapter.ts';
import socialAffairs from '../../adapters/social-affairs/adapter.ts';
import type { AdapterDefinition, DeliveryOutcome, DeliveryResult, Registry } from '../../src/adapter-kit/index.ts';
import { acceptedAtMs, give } from '../contracts/delivery.ts';
import { startEmbeddedHosts } from './embedded-host.ts';
import { shippedPush, shippedService } from './service-fixture.ts';

export interface Carried {
  /** Of the last leg that was given the message. */
  readonly outcome: DeliveryOutcome;
  /** Results of all legs in one. */
  readonly result: Record<string, unknown>;
  readonly concerns: readonly string[];
  /** How often a leg had the deliverer wait, by the name of its state. */
  readonly waits: readonly (string | undefined)[];
}

/** What tests look into of the records of all services. */
export interface SampleRecord {
  readonly code: string;
  readonly head: { readonly pin: string };
  readonly members: readonly { readonly pin: string }[];
  readonly residence: { readonly permanent: object };
  readonly permanent: object;
  readonly temporary: object;
  readonly eligible: boolean;
  readonly reasons: readonly { readonly code: string }[];
  readonly currentBenefits: readonly object[];
}

export interface SampleRegistries {
  /** `get-person` and the like; the record of the answer. Throws where nothing is found. */
  ask(service: string, message: object): Promise<SampleRecord>;
  /** The same; undefined where nothing is found. */
  find(service: string, message: object): Promise<SampleRecord | undefined>;
  /** Throws where the message or the result breaks its schema. */
  carry(push: string, message: Record<string, unknown>): Promise<Carried>;
}

const patienceMs = 10_000;

export async function startSampleRegistries(t: Test): Promise<SampleRegistries> {
  const registries = new Map<string, Registry>();
  const hosts = await startEmbeddedHosts(t);
  for (const definition of [population, judicial, socialAffairs] as AdapterDefinition[]) {
    const { name } = definition.manifest;
    const registry = await definition.open(await definition.embedded?.(await hosts.forAdapter(name)));
    t.teardown(() => registry.close());
    registries.set(name, registry);
  }
  const registryOf = (name: string): Registry => {
    const registry = registries.get(name);
    if (registry === undefined) throw new Error(`there is no registry ${name}`);
    return registry;
  };

  const find: SampleRegistries['find'] = async (code, message) => {
    const { registry, handler, record } = shippedService(code);
    const call = { signal: AbortSignal.timeout(patienceMs), exchangeId: 'test' };
    const answer = await registryOf(registry).services[handler]?.(message as never, call);
    return (answer as Readonly<Record<string, SampleRecord>>)[record];
  };

  return {
    find,
    async ask(code, message) {
      const record = await find(code, message);
      if (record === undefined) throw new Error(`${code} finds nothing`);
      return record;
    },
    async carry(code, message) {
      const push = shippedPush(code);
      const violations = push.requestViolations(message);
      if (violations.length > 0) throw new Error(JSON.stringify(violations));
      const exchangeId = crypto.randomUUID();
      const results: Record<string, DeliveryResult> = {};
      const concerns = new Set(push.concernsOf(message));
      const waits: (string | undefined)[] = [];
      let outcome: DeliveryOutcome = { outcome: 'done' };
      for (const { registry, delivery: leg, state } of push.legs) {
        const given = { exchangeId, leg, round: 0, message, sender: 'VN/GOV/H26/one-stop', acceptedAtMs, results };
        outcome = await give(registryOf(registry), given);
        while (outcome.outcome === 'waiting') {
          waits.push(state);
          await new Promise((resolve) => setTimeout(resolve, 250));
          outcome = await give(registryOf(registry), given);
        }
        if (outcome.outcome !== 'done') break;
        results[leg] = outcome.result ?? {};
        for (const pin of outcome.concerns ?? []) concerns.add(pin);
      }
      const result = Object.assign({}, ...Object.values(results));
      const faults = outcome.outcome === 'done' ? push.answerViolations(result) : [];
      if (faults.length > 0) throw new Error(JSON.stringify(faults));
      return { outcome, result, concerns: [...concerns], waits };
    },
  };
}
