/** Puts routes over a composed gateway, and ends them so that nobody is cut off early. */

import { type App, buildApp } from './app.ts';
import { type HttpSetup, routeGroups } from './compose-routes.ts';
import { levelOf } from './fault-level.ts';

export interface OpenHttp {
  readonly app: App;
  /** Whoever waits for an event is answered now, and bulk requests end after the lines that are begun; so does who comes later. */
  endWaits(): void;
  /** Ends waits, then waits for the exchanges in flight within the grace time. */
  close(): Promise<void>;
}

/** Listens when it is told to. */
export async function openHttp(setup: HttpSetup): Promise<OpenHttp> {
  const { http, shutdown } = setup.offer.configuration.gateway;
  const stopping = new AbortController();
  const onFault = (error: unknown, requestId: string) =>
    setup.logger[levelOf(error)]({ requestId, error }, 'a request outside the exchanges failed');
  const app = await buildApp({
    ...routeGroups(setup, onFault, stopping.signal),
    limits: http,
    makeRequestId: setup.makeId,
    schemas: setup.offer.schemas,
    version: setup.version,
  });
  function endWaits(): void {
    stopping.abort();
    setup.events.feed.endWaiting();
  }
  return {
    app,
    endWaits,
    async close() {
      // They would hold up the end for as long as they wait.
      endWaits();
      await closeApp(app, shutdown.graceMs);
    },
  };
}

const idleCheckMs = 20;

/** Fastify waits for the exchanges in flight; whoever is not done within the grace time is cut off. */
async function closeApp(app: App, graceMs: number): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), graceMs);
  // A connection whose exchange ends while the server closes is idle from then on, and would be kept until its time-out.
  const idle = setInterval(() => app.server.closeIdleConnections(), idleCheckMs);
  try {
    await app.close();
  } finally {
    clearTimeout(cut);
    clearInterval(idle);
  }
}
