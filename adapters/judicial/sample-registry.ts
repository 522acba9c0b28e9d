/** Stands up the sample registry on the embedded default: its database, its certificates, its simulator as a child process. */

import { extname } from 'node:path';
import type { EmbeddedHost, HttpSourceSettings } from '../../src/adapter-kit/index.ts';
import type { SimulatorSettings } from './simulator/main.ts';

const clientName = 'judicial-gateway';
const serverName = 'judicial-registry';

/**
 * Idempotent. JUDICIAL_SIMULATOR_LATENCY_MS and JUDICIAL_SIMULATOR_MODE, where they are set, make the simulator slow or
 * failing from its start (simulator/behaviour.ts).
 */
export async function embedded(host: EmbeddedHost): Promise<HttpSourceSettings> {
  // Loaded here, so that a gateway with a real registry never makes up sample people.
  const { seedRegistry } = await import('./simulator/seed.ts');
  const { url: databaseUrl } = await host.database('judicial');
  await seedRegistry(databaseUrl);
  const server = await host.certificate(serverName);
  const client = await host.certificate(clientName);
  const settings: SimulatorSettings = {
    databaseUrl,
    tls: server,
    client: clientName,
    behaviour: {
      mode: process.env.JUDICIAL_SIMULATOR_MODE ?? 'normal',
      latencyMs: Number(process.env.JUDICIAL_SIMULATOR_LATENCY_MS ?? 0),
    },
  };
  const module = new URL(`./simulator/main${extname(import.meta.url)}`, import.meta.url);
  const { port } = await host.child(module, { JUDICIAL_SIMULATOR: JSON.stringify(settings) });
  return {
    url: `https://127.0.0.1:${Number(port)}`,
    connectTimeoutMs: 1_000,
    headersTimeoutMs: 2_000,
    bodyTimeoutMs: 2_000,
    connectionsMax: 64,
    answerBytesMax: 256 * 1024,
    tls: client,
  };
}
