/** The three sample registries, each behind a proxy that can be down, a state database, and gateway processes between them. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import judicial from '../../adapters/judicial/adapter.ts';
import population from '../../adapters/population/adapter.ts';
import socialAffairs from '../../adapters/social-affairs/adapter.ts';
import type { AdapterDefinition } from '../../src/adapter-kit/index.ts';
import { startEmbeddedHosts } from './embedded-host.ts';
import { type Reply, readReply, writeConfiguration } from './gateway.ts';
import { type LoopbackProxy, startLoopbackProxy } from './loopback-proxy.ts';
import { createGateway, type PushGateway, until } from './push-place.ts';
import { sender } from './residence-change.ts';
import { startPostgres, type Teardown } from './servers.ts';
import { makeDatabase } from './state-fixture.ts';

export type RegistryName = 'judicial' | 'population' | 'social-affairs';

export interface RegistriesPlace {
  readonly stateUrl: string;
  readonly populationUrl: string;
  readonly registries: Readonly<Record<RegistryName, LoopbackProxy>>;
  /** A data folder and configuration of its own, on this state database; not started. */
  gateway(options?: RegistriesGatewayOptions): Promise<PushGateway>;
}

export interface RegistriesGatewayOptions {
  readonly origin?: string;
  readonly deliveries?: object;
  readonly settings?: Readonly<Record<string, object>>;
  readonly webhooks?: Readonly<Record<string, object>>;
  /** Another way to the state database. */
  readonly stateUrl?: string;
}

/** As the gateway shows it to its sender. */
export interface Shown {
  readonly state: string;
  readonly final: boolean;
  readonly heldBehind?: string;
  readonly heldBehindDeadLetter?: boolean;
  readonly problem?: string;
  readonly reason?: string;
  readonly legs?: readonly { readonly state: string }[];
  readonly legsDone?: readonly string[];
  readonly transitions: readonly { readonly state: string; readonly leg?: string; readonly time: string }[];
}

export async function createRegistriesPlace(t: Teardown): Promise<RegistriesPlace> {
  const hosts = await startEmbeddedHosts(t);
  const behind = async (adapter: AdapterDefinition) => {
    const host = await hosts.forAdapter(adapter.manifest.name);
    const settings = (await adapter.embedded?.(host)) as { url: string };
    return { settings, proxy: await startLoopbackProxy(t, settings.url) };
  };
  const adapters = [population, judicial, socialAffairs] as AdapterDefinition[];
  const places = await Promise.all(adapters.map(async (one) => [one.manifest.name, await behind(one)] as const));
  const populationUrl = places[0]?.[1].settings.url ?? '';
  const stateUrl = await makeDatabase((await startPostgres(t)).url);

  return {
    stateUrl,
    populationUrl,
    registries: Object.fromEntries(places.map(([name, { proxy }]) => [name, proxy])) as RegistriesPlace['registries'],
    async gateway({ origin = 'test.example/registries', deliveries, settings, webhooks, ...others } = {}) {
      const folder = await mkdtemp(path.join(tmpdir(), 'lienthong-registries-'));
      t.teardown(() => rm(folder, { recursive: true, force: true }));
      const config = path.join(folder, 'config');
      await writeConfiguration(config, {
        registries: places.map(([adapter, { settings, proxy }]) => ({
          adapter,
          source: { ...settings, url: proxy.url },
        })),
        ...(webhooks === undefined ? {} : { webhooks }),
        settings: {
          ...settings,
          exchangeLog: { origin },
          state: { database: { url: others.stateUrl ?? stateUrl }, retryMs: 50, retryMsMax: 200 },
          deliveries: { pollMs: 50, sweepMs: 500, leaseSeconds: 3, retryMs: 50, ...deliveries },
        },
      });
      return createGateway(t, config, path.join(folder, 'data'));
    },
  };
}

/** `G15/civil-status/register-death`, as the sample's one-stop shop sends it. */
export async function send(
  gateway: PushGateway,
  service: string,
  message: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  const response = await fetch(`${gateway.url()}/r1/VN/GOV/${service}/v1`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-road-client': sender,
      'x-road-userid': 'official-1',
      authorization: `Bearer ${await gateway.token(sender, 'client')}`,
      ...headers,
    },
    body: JSON.stringify(message),
  });
  return readReply(response);
}

/** What it is once that holds, or after half a minute. */
export const shown = (gateway: PushGateway, id: string, holds: (push: Shown) => boolean): Promise<Shown> =>
  until(async () => (await gateway.ask(`/v1/exchanges/${id}`)).body as Shown, holds);
