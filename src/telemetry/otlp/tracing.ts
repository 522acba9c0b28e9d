/** Follows exchanges and their calls to registries as spans that hold no personal data: names of services, systems and outcomes only. */

import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';
import type { CallSignal } from '../../adapter-kit/call-signal.ts';
import { SourceError } from '../../adapter-kit/source-error.ts';
import type { Registries } from '../../exchange/ports.ts';
import type { QueryService } from '../../exchange/services.ts';
import type { Incoming, Settled } from '../../exchange/types.ts';
import { attributesOf, nameOf, setFailure } from './exchange-attributes.ts';
import type { TraceIds } from './trace-ids.ts';

export interface Tracing {
  /** The same exchange, each one a span. */
  overExchange<One extends { exchange(incoming: Incoming): Promise<Settled> }>(one: One): One;
  /** The same registries, each attempt of a traced exchange a span, which goes on to registries that speak HTTP. */
  overRegistries(registries: Registries): Registries;
}

export function createTracing(tracer: Tracer, ids: Pick<TraceIds, 'expect'>): Tracing {
  /** Of the exchanges under way, by id. */
  const contexts = new Map<string, Context>();

  function begin(incoming: Incoming): Span {
    const { id, verb } = incoming;
    const parent = parentOf(incoming);
    const context = parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true });
    if (parent === null) ids.expect(id);
    const span = tracer.startSpan(verb, { kind: SpanKind.SERVER }, context);
    contexts.set(id, trace.setSpan(context, span));
    return span;
  }

  async function follow(incoming: Incoming, run: () => Promise<Settled>): Promise<Settled> {
    const span = begin(incoming);
    try {
      const settled = await run();
      if (span.isRecording()) describe(span, incoming, settled);
      return parentOf(incoming) === null ? { ...settled, traceParent: traceParentOf(span) } : settled;
    } catch (error) {
      setFailure(span, 'log-unavailable');
      throw error;
    } finally {
      contexts.delete(incoming.id);
      span.end();
    }
  }

  async function attempt(
    service: QueryService,
    context: Context,
    signal: CallSignal,
    call: () => Promise<unknown>,
  ): Promise<unknown> {
    const attributes = { 'lienthong.registry': service.registry, 'lienthong.service': service.key };
    const options = { kind: SpanKind.CLIENT, attributes };
    const span = tracer.startSpan(`${service.registry} ${service.handler}`, options, context);
    signal.trace = { traceParent: traceParentOf(span), describe: (known: Attributes) => span.setAttributes(known) };
    try {
      return await call();
    } catch (error) {
      setFailure(span, error instanceof SourceError ? error.kind : 'failed');
      throw error;
    } finally {
      span.end();
    }
  }

  return {
    overExchange: (one) => ({ ...one, exchange: (incoming) => follow(incoming, () => one.exchange(incoming)) }),
    overRegistries: (registries) => ({
      call(service, message, signal) {
        const context = contexts.get(message.exchangeId);
        const call = () => registries.call(service, message, signal);
        return context === undefined ? call() : attempt(service, context, signal, call);
      },
    }),
  };
}

function describe(span: Span, incoming: Incoming, settled: Settled): void {
  span.updateName(nameOf(incoming, settled));
  span.setAttributes(attributesOf(incoming, settled));
  if (!('problem' in settled.outcome)) return;
  const { code, kind } = settled.outcome.problem;
  // By the conventions for servers, what the caller did wrong is no error of this span.
  if (kind.status >= 500) setFailure(span, code);
  else span.setAttribute('error.type', code);
}

/** W3C Trace Context, section 3.2. */
function traceParentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

/** What is no trace context counts as none (Trace Context section 3.2.2). */
const parentOf = ({ traceParent }: Incoming) => (traceParent === undefined ? null : parseTraceParent(traceParent));
