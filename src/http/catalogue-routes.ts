/** What anyone may know without an exchange: who takes part, what each problem means. */

import type { FastifyInstance } from 'fastify';
import { problemKinds } from '../problem-kinds.ts';
import { Problem, type ProblemCode } from '../problems.ts';
import { type ListedMember, renderClientList } from './x-road/metadata.ts';

export interface CatalogueRouteDependencies {
  readonly members: readonly ListedMember[];
  readonly instance: string;
}

export function registerCatalogueRoutes(app: FastifyInstance, deps: CatalogueRouteDependencies): void {
  app.get<{ Querystring: { xRoadInstance?: string } }>(
    '/listClients',
    { schema: listClientsSchema },
    async (request, reply) => {
      const { xRoadInstance = deps.instance } = request.query;
      const members = xRoadInstance === deps.instance ? deps.members : [];
      const { contentType, content } = renderClientList(members, request.headers.accept);
      return reply.type(contentType).send(content);
    },
  );

  app.get<{ Params: { code: string } }>('/problems/:code', { schema: problemSchema }, async (request, reply) => {
    const code = request.params.code;
    if (!Object.hasOwn(problemKinds, code)) throw new Problem('not-found', 'There is no such problem.');
    return reply.type('text/html; charset=utf-8').send(problemPage(code as ProblemCode));
  });
}

const text = { schema: { type: 'string' } };

const listClientsSchema = {
  operationId: 'listClients',
  summary: 'Members and subsystems (X-Road meta-service)',
  tags: ['catalogue'],
  querystring: {
    type: 'object',
    properties: {
      xRoadInstance: { type: 'string', maxLength: 64, description: 'X-Road instance; this one if absent.' },
    },
  },
  response: {
    200: {
      description: 'X-Road client list; JSON where Accept asks for it.',
      content: { 'text/xml': text, 'application/json': { schema: { type: 'object', additionalProperties: true } } },
    },
  },
};

const problemSchema = {
  operationId: 'describeProblem',
  summary: 'What a problem means and how to mend it',
  tags: ['catalogue'],
  params: {
    type: 'object',
    required: ['code'],
    properties: { code: { type: 'string', description: 'Code of the problem.' } },
  },
  response: { 200: { description: 'Page for people.', content: { 'text/html': text } } },
};

function problemPage(code: ProblemCode): string {
  const { title, status, xRoadType, mend } = problemKinds[code];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${code}</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}code{background:#eee;padding:.1em .3em}</style>
<h1>${title}</h1>
<p>Code <code>${code}</code>, HTTP status <code>${status}</code>, <code>X-Road-Error: ${xRoadType}</code></p>
<h2>How to mend it</h2>
<p>${mend}</p>
</html>
`;
}
