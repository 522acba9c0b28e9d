/** Serves the exchange logs as C2SP tlog-tiles: checkpoint, hashes and timestamps to everyone, the entries themselves to auditors. */

import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { LogFile, LogFiles } from '../exchange/log-ports.ts';
import { Problem } from '../problems.ts';
import { readByteRange } from './byte-range.ts';
import type { Looking } from './looking.ts';

export interface LogRouteDependencies {
  /** By the number of the process that writes it, from 1; undefined where there is no such log. */
  readonly filesOf: (number: number) => LogFiles | undefined;
  readonly logs: () => readonly ServedLog[];
  readonly looking: Looking;
}

export interface ServedLog {
  readonly number: number;
  readonly origin: string;
}

const prefix = '/log/';
/** What is at one of the other names never changes. */
const immutable = 'max-age=31536000, immutable';
const fleeting = 'public, max-age=1';
const schema = { hide: true };
/** On one page. */
const timestampsMax = 1000;

/** Described in `openapi/log-paths.ts`: an OpenAPI path has no place for a parameter with slashes. */
export function registerLogRoutes(app: FastifyInstance, deps: LogRouteDependencies): void {
  app.get('/logs', { schema }, async (_request, reply) =>
    reply.header('cache-control', fleeting).send({
      logs: deps.logs().map(({ number, origin }) => ({ origin, path: number === 1 ? prefix : `${prefix}${number}/` })),
    }),
  );
  // The first log is at the address that it has where there is only one; its number is its second name.
  registerLog(app, deps, prefix);
  registerLog(app, deps, `${prefix}:number/`);
}

type LogRequest = FastifyRequest<{
  Params: { readonly number?: string };
  Querystring: Readonly<Record<string, unknown>>;
}>;

function registerLog(app: FastifyInstance, deps: LogRouteDependencies, at: string): void {
  const filesOf = (request: LogRequest): LogFiles => {
    const { number = '1' } = request.params;
    const files = /^[1-9]\d{0,3}$/.test(number) ? deps.filesOf(Number(number)) : undefined;
    if (files === undefined) throw notThere();
    return files;
  };

  app.get(`${at}checkpoint`, { schema }, async (request: LogRequest, reply) => {
    const checkpoint = await filesOf(request).checkpoint();
    if (checkpoint === undefined) throw notThere();
    return reply.header('cache-control', fleeting).type('text/plain; charset=utf-8').send(checkpoint);
  });

  const serveFile = async (request: LogRequest, reply: FastifyReply) => {
    // What is not there today may be there tomorrow.
    reply.header('cache-control', 'no-store');
    const path = pathOf(request);
    const { number } = request.params;
    const file = filesOf(request).locate(number === undefined ? path : path.slice(number.length + 1));
    if (file === undefined) throw notThere();
    if (file.readers === 'auditors') await lookInto(path, deps.looking, request, reply);
    return sendFile(request, reply, file);
  };
  app.get(`${at}tile/*`, { schema }, serveFile);
  app.get(`${at}timestamps/*`, { schema }, serveFile);

  app.get(`${at}timestamps`, { schema }, async (request: LogRequest, reply) =>
    reply
      .header('cache-control', fleeting)
      .type('application/json; charset=utf-8')
      .send(await filesOf(request).timestamps(...pageOf(request.query))),
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
