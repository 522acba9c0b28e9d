/** The judicial adapter over its real simulator, a child process with a real PostgreSQL, for the tests beside this file. */

import adapter from '../../../adapters/judicial/adapter.ts';
import { type HttpSourceSettings, httpSource, type Registry } from '../../../src/adapter-kit/index.ts';
import { startEmbeddedHost, type TestHost } from '../../support/embedded-host.ts';
import type { Teardown } from '../../support/servers.ts';

export interface SampleRegistry {
  readonly host: TestHost;
  readonly settings: HttpSourceSettings;
  readonly registry: Registry;
  ask(service: string, message: object, signal?: AbortSignal): Promise<unknown>;
  /** Sets the simulator's behaviour; resolves with what it is now. */
  behave(change: object): Promise<unknown>;
}

const patienceMs = 10_000;

export async function startSampleRegistry(t: Teardown): Promise<SampleRegistry> {
  const host = await startEmbeddedHost(t, 'judicial');
  const settings = await standUp(host);
  const registry = await adapter.open(settings);
  const operator = httpSource(settings);
  t.teardown(async () => {
    await Promise.all([registry.close(), operator.close()]);
  });
  return {
    host,
    settings,
    registry,
    async ask(service, message, signal = AbortSignal.timeout(patienceMs)) {
      const handler = registry.services[`${service}.v1`];
      if (handler === undefined) throw new Error(`there is no service ${service}`);
      return handler(message as never, { signal, exchangeId: '0190c3a0-0000-7000-8000-000000000000' });
    },
    async behave(change) {
      const signal = AbortSignal.timeout(patienceMs);
      return (await operator.request({ method: 'PUT', path: '/simulator', body: change, signal })).body;
    },
  };
}

export async function standUp(host: TestHost): Promise<HttpSourceSettings> {
  if (adapter.embedded === undefined) throw new Error('the adapter has no sample registry');
  return adapter.embedded(host);
}
