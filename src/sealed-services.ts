/** Works out, from the configuration alone, whose bodies are sealed and for which auditors. */

import path from 'node:path';
import type { Configuration } from './config.ts';
import type { ConfigFault } from './config-reader.ts';
import type { Catalogue } from './exchange/ports.ts';
import { type AuditorKey, readAuditorKey } from './exchange-log/evidence/auditor-keys.ts';

/** Faults: a service that nobody offers, a key that cannot be used, two keys of one name. */
export async function readAuditorKeys(
  configuration: Configuration,
): Promise<{ readonly auditors: readonly AuditorKey[]; readonly faults: readonly ConfigFault[] }> {
  const files = configuration.gateway.evidence?.auditorKeyFiles ?? [];
  const auditors: AuditorKey[] = [];
  const faults: ConfigFault[] = [];
  for (const [index, file] of files.entries()) {
    const fault = (message: string) => faults.push(faultAt(`auditorKeyFiles/${index}`, message));
    try {
      const key = await readAuditorKey(path.resolve(configuration.folder, file));
      if (auditors.some(({ kid }) => kid === key.kid)) fault(`another file has the kid "${key.kid}" already`);
      auditors.push(key);
    } catch (error) {
      fault((error as Error).message);
    }
  }
  return { auditors, faults };
}

export function checkSealedServices(configuration: Configuration, catalogue: Catalogue): ConfigFault[] {
  const services = configuration.gateway.evidence?.services ?? [];
  return services.flatMap((service, index) =>
    catalogue.versionsOf(service).length > 0 ? [] : [faultAt(`services/${index}`, `no registry offers ${service}`)],
  );
}

const faultAt = (at: string, message: string): ConfigFault => ({
  file: 'gateway.yaml',
  at: `/evidence/${at}`,
  message,
});
