/** Where a process that serves begins: its names are resolved once for all who connect, and the log has which are not. */

import type { GatewaySettings } from '../config.ts';
import { type SharedLookups, shareLookups } from '../names/share-lookups.ts';
import type { Logger } from '../telemetry/logger.ts';

/** For the whole process, before it opens a connection. */
export function shareLookupsOf({ names }: GatewaySettings, logger: Logger): SharedLookups {
  return shareLookups({
    settings: names,
    clock: { nowMs: () => performance.now() },
    env: process.env,
    told(host, trouble) {
      if (trouble === undefined) logger.info({ host }, 'the name is resolved again');
      else logger.warn({ host, trouble }, 'the name is not resolved: its last known address is used, if there is one');
    },
  });
}
