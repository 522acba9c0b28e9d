/** A request of many messages: refused like any other before its body is read, else answered line by line while it still comes. */

import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { BulkExchange, OpenBulk } from '../../exchange/bulk/bulk-exchange.ts';
import type { Clock, MessageParser } from '../../exchange/ports.ts';
import type { Incoming, Settled } from '../../exchange/types.ts';
import { Problem } from '../../problems.ts';
import { codingRefusal } from '../body-refusal.ts';
import { readIncoming, type XRoadReader } from '../read-incoming.ts';
import { type ReplyContext, sendSettled, sendWithheld, traceParentOf } from '../reply.ts';
import { type BodyReader, createBodyReader } from './body-reader.ts';
import type { BulkSettings } from './bulk-settings.ts';
import { createBulkSlots } from './bulk-slots.ts';
import { carryLines } from './carry-lines.ts';
import { lastLine } from './result-lines.ts';

export interface BulkDependencies {
  readonly exchange: BulkExchange;
  readonly parser: MessageParser;
  readonly settings: BulkSettings;
  /** Resolves when the gateway has time for what can wait; at once, or undefined, where it has it now. */
  readonly calm: (signal: AbortSignal) => Promise<void> | undefined;
  /** UUIDv7. */
  readonly makeExchangeId: () => string;
  /** Aborted when the gateway stops. */
  readonly stopping: AbortSignal;
}

export interface BulkSurroundings {
  readonly clock: Clock;
  readonly reader: XRoadReader;
  readonly bodyBytesMax: number;
  /** Origin of the log in which lines are recorded. */
  readonly log: string;
  readonly observer: { exchangeDone(settled: Settled, durationMs: number): void; exchangeWithheld(): void };
}

export const bulkMediaType = 'application/x-ndjson';

export type BulkHandler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

interface Opened {
  readonly bulk: OpenBulk;
  readonly giveBack: () => void;
}

export function createBulkHandler(deps: BulkDependencies, around: BulkSurroundings): BulkHandler {
  const { settings } = deps;
  const slots = createBulkSlots(settings);

  /** What was refused is recorded. */
  async function open(incoming: Incoming, refusal: Problem | undefined): Promise<Opened | Settled> {
    if (refusal !== undefined) return deps.exchange.refuse(incoming, refusal);
    const opening = await deps.exchange.open(incoming);
    if ('refused' in opening) return opening.refused;
    try {
      return { bulk: opening.bulk, giveBack: slots.take(opening.bulk.consumer) };
    } catch (error) {
      return opening.bulk.refuse(incoming, error as Problem);
    }
  }

  async function stream(
    reply: FastifyReply,
    body: BodyReader,
    context: ReplyContext,
    bulk: OpenBulk,
    gone: AbortSignal,
  ): Promise<void> {
    const { raw } = reply;
    const { observer, reader, bodyBytesMax, clock } = around;
    const end = await carryLines({
      bulk,
      opened: context.incoming,
      body,
      rules: { parser: deps.parser, limits: reader.limits, bodyBytesMax },
      settings,
      nowMs: clock.nowMs,
      calm: deps.calm,
      makeExchangeId: deps.makeExchangeId,
      write: (text) => writeTo(raw, text, settings.idleMs),
      done: observer.exchangeDone,
      withheld: observer.exchangeWithheld,
      gone,
      stopping: deps.stopping,
    });
    raw.end(lastLine(end, context.incoming.id));
    if (end.early !== undefined) linger(raw, body, settings.lingerMs);
  }

  return async (request, reply) => {
    const startedMs = performance.now();
    const body = createBodyReader(request.raw, settings.idleMs);
    const gone = goneSignal(reply.raw);
    const receivedAtMs = around.clock.nowMs();
    const envelope = { exchangeId: request.id, receivedAtMs, signal: () => gone, content: nothing };
    const { incoming, messageIdMade, refusal } = readIncoming(request, envelope, around.reader);
    const requestId = around.reader.makeUuid();
    const context: ReplyContext = { incoming, messageIdMade, requestId, log: around.log };
    const problem = codingRefusal(request) ?? refusal ?? misplaced(incoming) ?? body.failure();
    let opened: Opened | Settled;
    try {
      opened = await open(incoming, problem);
    } catch (error) {
      around.observer.exchangeWithheld();
      body.drop();
      return sendWithheld(request, reply, context, asProblem(error));
    }
    if (!('bulk' in opened)) {
      around.observer.exchangeDone(opened, performance.now() - startedMs);
      body.drop();
      return sendSettled(request, reply, context, opened);
    }
    try {
      begin(request, reply, context);
      await stream(reply, body, context, opened.bulk, gone);
    } finally {
      opened.giveBack();
    }
    return reply;
  };
}

const nothing = new Uint8Array(0);

/** Only now is the answer this code's own; the idle times of body and reader stand in for the connection's. */
function begin(request: FastifyRequest, reply: FastifyReply, context: ReplyContext): void {
  const { incoming, requestId } = context;
  reply.hijack();
  request.raw.socket.setTimeout(0);
  reply.raw.writeHead(200, {
    'content-type': bulkMediaType,
    'x-road-client': incoming.clientId,
    'x-road-service': incoming.serviceId,
    'x-road-id': incoming.messageId,
    'x-road-request-id': requestId,
    'exchange-log': context.log,
    traceparent: traceParentOf(request, context),
    'cache-control': 'no-store',
    // A proxy that gathers the answer first would hold the sender up for ever.
    'x-accel-buffering': 'no',
  });
  reply.raw.flushHeaders();
}

function misplaced({ corrects }: Incoming): Problem | undefined {
  if (corrects === undefined) return undefined;
  return new Problem('header-invalid', 'Exchange-Corrects is for one message: say "corrects" in its line.');
}

function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => {
    if (response.writableFinished) return;
    gone.abort(new Problem('client-disconnected', 'The caller closed the connection before the answer was ready.'));
  });
  return gone.signal;
}

/** Waits for a reader that is behind; one that stands still loses its connection. */
function writeTo(response: ServerResponse, text: string, idleMs: number): Promise<void> | undefined {
  if (response.destroyed || response.write(text)) return undefined;
  return new Promise((resolve) => {
    const idle = setTimeout(() => response.destroy(), idleMs);
    const on = () => {
      clearTimeout(idle);
      response.off('drain', on).off('close', on);
      resolve();
    };
    response.once('drain', on).once('close', on);
  });
}

function linger(response: ServerResponse, body: BodyReader, lingerMs: number): void {
  const { req } = response;
  body.drop();
  if (req.complete || req.destroyed) return;
  const { socket } = req;
  const cut = setTimeout(() => socket.destroy(), lingerMs);
  const over = () => clearTimeout(cut);
  req.once('end', over).once('close', over);
}

function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem('internal-error', 'The gateway failed on this request; its answer is withheld.', { cause: error });
}
