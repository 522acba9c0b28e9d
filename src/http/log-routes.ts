/** Serves the exchange log as C2SP tlog-tiles: checkpoint, hashes and timestamps to everyone, the entries themselves to auditors. */

import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { LogFile, LogFiles } from '../exchange/ports.ts';
import { Problem } from '../problems.ts';
import { readByteRange } from './byte-range.ts';
import type { Looking } from './looking.ts';

export interface LogRouteDependencies {
  readonly files: LogFiles;
  readonly looking: Looking;
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
    const path = pathOf(request);
    const file = deps.files.locate(path);
    if (file === undefined) throw notThere();
    if (file.readers === 'auditors') await lookInto(path, deps.looking, request, reply);
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

/** Whoever reads entries is an entry. Throws Problem: 401 for nobody known, 403 for whom the log's entries are not. */
async function lookInto(path: string, looking: Looking, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const caller = await looking.identify(request);
  const filters = { file: path };
  await looking.look(request, reply, caller, { look: 'entries', scopes: ['entries'], wholeLog: true, filters });
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
