/** Lets auditors search the log, count it and ask who looked at a person; each of these looks is an entry of the log itself. */

import type { FastifyError, FastifyInstance } from 'fastify';
import type { AuditRouteDependencies } from './audit/audit-dependencies.ts';
import { registerSearchRoutes } from './audit/search-routes.ts';
import { registerStatisticsRoute } from './audit/statistics-route.ts';
import { registerSubjectRoutes } from './audit/subject-routes.ts';
import { bodyRefusalOf } from './body-refusal.ts';

/** Described in `openapi/audit-paths.ts`. */
export function registerAuditRoutes(app: FastifyInstance, deps: AuditRouteDependencies): void {
  app.register(async (audit) => {
    audit.removeAllContentTypeParsers();
    // Read by the gateway's own parser: Fastify's would let the last of two members of one name win.
    audit.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    audit.setErrorHandler((error: FastifyError) => {
      throw bodyRefusalOf(error, deps.limits.bodyBytesMax) ?? error;
    });
    registerSearchRoutes(audit, deps);
    registerStatisticsRoute(audit, deps);
    registerSubjectRoutes(audit, deps);
  });
}
