/** Serves the exchange log as C2SP tlog-tiles: checkpoint, hashes and timestamps to everyone, the entries themselves to auditors. */

import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Callers, LogFile, LogFiles } from '../exchange/ports.ts';
import { Problem } from '../problems.ts';
import { readByteRange } from './byte-range.ts';
import { readBearerToken } from './read-incoming.ts';

export interface LogRouteDependencies {
  readonly files: LogFiles;
  readonly callers: Callers;
}

const prefix = '/log/';
/** What is at one of the other names never changes. */
const immutable = 'max-age=31536000, immutable';
const checkpointMaxAgeSeconds = 1;
/** On one page. */
const timestampsMax = 1000;

/** Described in `openapi/log-paths.ts`: an OpenAPI path has no place for a parameter with slashes. */
export function registerLogRoutes(app: FastifyInstance, deps: LogRouteDependencies): void {
  const schema = { hide: true };

  app.get(`${prefix}checkpoint`, { schema }, async (_request, reply) =>
    reply
      .header('cache-control', `public, max-age=${checkpointMaxAgeSeconds}`)
      .type('text/plain; charset=utf-8')
      .send(deps.files.checkpoint()),
  );

  const serveFile = async (request: FastifyRequest, reply: FastifyReply) => {
    // What is not there today may be there tomorrow.
    reply.header('cache-control', 'no-store');
    const file = deps.files.locate(pathOf(request));
    if (file === undefined) throw notThere();
    if (file.readers === 'auditors') await demandAuditor(request, deps.callers);
    return sendFile(request, reply, file);
  };
  app.get(`${prefix}tile/*`, { schema }, serveFile);
  app.get(`${prefix}timestamps/*`, { schema }, serveFile);

  app.get<{ Querystring: Readonly<Record<string, unknown>> }>(
    `${prefix}timestamps`,
    { schema },
    async ({ query }, reply) =>
      reply
        .header('cache-control', `public, max-age=${checkpointMaxAgeSeconds}`)
        .type('application/json; charset=utf-8')
        .send(deps.files.timestamps(...pageOf(query))),
  );
}

/** Throws Problem for a page that there cannot be. */
function pageOf({ after = '0', limit = String(timestampsMax), ...others }: Readonly<Record<string, unknown>>) {
  const [afterSize, count] = [after, limit].map((value) => (/^\d{1,15}$/.test(String(value)) ? Number(value) : -1));
  const isPage = (afterSize as number) >= 0 && (count as number) >= 1 && (count as number) <= timestampsMax;
  if (isPage && Object.keys(others).length === 0) return [afterSize as number, count as number] as const;
  throw new Problem('request-malformed', `The query takes "after", a size, and "limit", 1 to ${timestampsMax}.`);
}

/** Throws Problem: 401 for a caller who is nobody known, 403 for one who is no auditor. */
async function demandAuditor(request: FastifyRequest, callers: Callers): Promise<void> {
  const { role } = await callers.identify(readBearerToken(request.headers.authorization));
  if (role !== 'auditor') throw new Problem('role-not-allowed', 'Entries of the log are for tokens of role auditor.');
}

async function sendFile(request: FastifyRequest, reply: FastifyReply, file: LogFile): Promise<FastifyReply> {
  const opened = await file.open();
  if (opened === undefined) throw notThere();
  const { bytes } = opened;
  const range = readByteRange(request.headers.range, bytes);
  const { start, end } = range ?? { start: 0, end: bytes - 1 };
  if (range !== undefined) reply.code(206).header('content-range', `bytes ${start}-${end}/${bytes}`);
  return reply
    .header('cache-control', `${file.readers === 'everyone' ? 'public' : 'private'}, ${immutable}`)
    .header('accept-ranges', 'bytes')
    .header('content-length', end - start + 1)
    .type(file.mediaType)
    .send(Readable.from(opened.read(start, end)));
}

/** As it was sent: a name has one form, and one that only decodes to it is another name. */
function pathOf(request: FastifyRequest): string {
  const [path = ''] = (request.raw.url ?? '').split('?', 1);
  return path.startsWith(prefix) ? path.slice(prefix.length) : '';
}

const notThere = () => new Problem('not-found', 'The log has no such file.');
