/** Reads the certificates that timestamps of the log are judged by, as the configuration names them. */

import type { X509Certificate } from 'node:crypto';
import path from 'node:path';
import type { Configuration } from './config.ts';
import type { ConfigFault } from './config-reader.ts';
import { type Authorities, readAuthorities } from './exchange-log/timestamps/authorities.ts';

/** None where no timestamps are configured. Faults: a file that cannot be used. */
export async function readTimestampAuthorities(
  configuration: Configuration,
): Promise<{ readonly timestampAuthorities: Authorities; readonly faults: readonly ConfigFault[] }> {
  const all: X509Certificate[] = [];
  const faults: ConfigFault[] = [];
  for (const [index, file] of (configuration.gateway.exchangeLog.timestamps?.caFiles ?? []).entries()) {
    try {
      all.push(...(await readAuthorities(path.resolve(configuration.folder, file))));
    } catch (error) {
      const at = `/exchangeLog/timestamps/caFiles/${index}`;
      faults.push({ file: 'gateway.yaml', at, message: (error as Error).message });
    }
  }
  return { timestampAuthorities: all, faults };
}
