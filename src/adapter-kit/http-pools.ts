/** Connections to one HTTP registry, made anew where nothing was heard on the old ones: the way to it may have died under all that are idle. */

import { Pool } from 'undici';
import { credentialsOf, type HttpSourceSettings } from './http-settings.ts';

/** One request's way to the registry. */
export interface HttpTrip {
  readonly pool: Pool;
  /** The registry has answered it. */
  heard(): void;
  /**
   * It has not, within the time that there was. Where it answered nobody else since either, idle connections are closed:
   * writes to one that a router has forgotten, or a machine that has gone, vanish, and each would cost another call.
   */
  unheard(): void;
}

export interface HttpPools {
  begin(): HttpTrip;
  /** Lets requests under way end. */
  close(): Promise<void>;
}

/** Opens no connection yet. Throws SourceError if the settings cannot work. */
export function createHttpPools(origin: string, settings: HttpSourceSettings): HttpPools {
  const options = poolOptions(settings);
  const retired = new Set<Promise<void>>();
  let current = new Pool(origin, options);
  let heardMs = Number.NEGATIVE_INFINITY;

  function renew(): void {
    const ending: Promise<void> = current
      .close()
      .catch(() => undefined)
      .then(() => void retired.delete(ending));
    retired.add(ending);
    current = new Pool(origin, options);
  }

  return {
    begin() {
      const pool = current;
      const startedMs = performance.now();
      return {
        pool,
        heard() {
          heardMs = performance.now();
        },
        unheard() {
          if (pool === current && heardMs <= startedMs && pool.stats.free > 0) renew();
        },
      };
    },
    close: async () => void (await Promise.all([current.close(), ...retired])),
  };
}

function poolOptions(settings: HttpSourceSettings): Pool.Options {
  const { ca, cert, key } = credentialsOf(settings.tls ?? {});
  return {
    connections: settings.connectionsMax,
    pipelining: 1,
    allowH2: false,
    connectTimeout: settings.connectTimeoutMs,
    headersTimeout: settings.headersTimeoutMs,
    bodyTimeout: settings.bodyTimeoutMs,
    maxResponseSize: settings.answerBytesMax,
    connect: {
      // Said outright, so that NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment cannot switch it off.
      rejectUnauthorized: true,
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(settings.tls?.serverName === undefined ? {} : { servername: settings.tls.serverName }),
    },
  };
}
