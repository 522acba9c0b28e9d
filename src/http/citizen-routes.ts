/** Lets people see who asked about them, with their own token; each such question is itself an entry about them. */

import type { FastifyInstance } from 'fastify';
import { registerAccessesRoute } from './citizen/accesses-route.ts';
import type { CitizenRouteDependencies } from './citizen/citizen-dependencies.ts';
import { registerDataTrackerRoutes } from './citizen/data-tracker-routes.ts';

export function registerCitizenRoutes(app: FastifyInstance, deps: CitizenRouteDependencies): void {
  registerAccessesRoute(app, deps);
  registerDataTrackerRoutes(app, deps);
}
