/** The embedded PostgreSQL as something that is started when somebody first needs it and shared by all who do. */

import { EmbeddedError } from './embedded-error.ts';
import type { EmbeddedPostgres } from './postgres.ts';

export interface SharedPostgres {
  /** The one server; a start that failed is tried again by the next who asks. */
  get(): Promise<EmbeddedPostgres>;
  /** Closes the server, if there is one; none is started from then on. */
  close(): Promise<void>;
}

export function createSharedPostgres(start: () => Promise<EmbeddedPostgres>): SharedPostgres {
  let server: Promise<EmbeddedPostgres> | undefined;
  let closed = false;

  function startNow(): Promise<EmbeddedPostgres> {
    const starting = start();
    starting.catch(() => {
      server = undefined;
    });
    return starting;
  }

  return {
    get() {
      if (closed) return Promise.reject(new EmbeddedError('The embedded PostgreSQL is closed'));
      server ??= startNow();
      return server;
    },
    async close() {
      closed = true;
      // A server that did not start has nothing to close; its failure has been told already.
      await server?.then(
        (started) => started.close(),
        () => undefined,
      );
    },
  };
}
