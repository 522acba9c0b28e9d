/** A collector that takes OTLP over HTTP and reads the protobuf by the published field numbers (opentelemetry-proto 1.x), not with the sender's code. */

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Teardown } from './servers.ts';

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  readonly name: string;
  /** 2 is SERVER, 3 is CLIENT. */
  readonly kind: number;
  readonly attributes: Attributes;
  /** 0 unset, 2 error. */
  readonly status: number;
  readonly resource: Attributes;
}

export interface ReceivedMetric {
  readonly name: string;
  readonly unit: string;
  readonly kind: 'gauge' | 'sum' | 'histogram';
  readonly points: readonly {
    readonly attributes: Attributes;
    readonly value: number;
    /** Of a histogram, whose value is its count. */
    readonly bucketCounts: readonly number[];
    readonly bounds: readonly number[];
  }[];
}

type Attributes = Readonly<Record<string, unknown>>;

export interface OtlpReceiver {
  readonly url: string;
  readonly spans: ReceivedSpan[];
  /** By name, as they came last. */
  readonly metrics: Map<string, ReceivedMetric>;
  /** All that came, as it was sent. */
  readonly bodies: Buffer[];
  readonly headers: IncomingHttpHeaders[];
  /** Status of every reply. */
  status: number;
  /** Replies in place of the collector, which takes nothing then. */
  trouble: ((response: ServerResponse) => void) | undefined;
}

export async function startOtlpReceiver(t: Teardown): Promise<OtlpReceiver> {
  const receiver = {
    url: '',
    spans: [] as ReceivedSpan[],
    metrics: new Map<string, ReceivedMetric>(),
    bodies: [] as Buffer[],
    headers: [] as IncomingHttpHeaders[],
    status: 200,
    trouble: undefined as OtlpReceiver['trouble'],
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    if (receiver.trouble !== undefined) return receiver.trouble(response);
    response.statusCode = receiver.status;
    response.setHeader('content-type', 'application/x-protobuf');
    response.end();
    if (receiver.status !== 200) return;
    receiver.bodies.push(body);
    receiver.headers.push(request.headers);
    if (request.url === '/v1/traces') receiver.spans.push(...spansIn(body));
    for (const metric of request.url === '/v1/metrics' ? metricsIn(body) : [])
      receiver.metrics.set(metric.name, metric);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(async () => {
    server.closeAllConnections();
    server.close();
  });
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return receiver;
}

/** ExportTraceServiceRequest. */
function spansIn(body: Buffer): ReceivedSpan[] {
  return read(body)
    .all(1)
    .flatMap((ofResource) => {
      const resource = attributesOf(read(ofResource.bytes(1)).all(1));
      const spans = ofResource.all(2).flatMap((ofScope) => ofScope.all(2));
      return spans.map((span) => ({
        traceId: span.bytes(1).toString('hex'),
        spanId: span.bytes(2).toString('hex'),
        parentSpanId: span.bytes(4).toString('hex'),
        name: span.bytes(5).toString(),
        kind: span.number(6),
        attributes: attributesOf(span.all(9)),
        status: read(span.bytes(15)).number(3),
        resource,
      }));
    });
}

/** ExportMetricsServiceRequest. */
function metricsIn(body: Buffer): ReceivedMetric[] {
  const scopes = read(body)
    .all(1)
    .flatMap((ofResource) => ofResource.all(2));
  return scopes
    .flatMap((scope) => scope.all(2))
    .map((metric) => {
      const kind = metric.has(5) ? 'gauge' : metric.has(7) ? 'sum' : 'histogram';
      const data = read(metric.bytes({ gauge: 5, sum: 7, histogram: 9 }[kind]));
      const points = data.all(1).map((point) => ({
        attributes: attributesOf(point.all(kind === 'histogram' ? 9 : 7)),
        value: kind === 'histogram' ? Number(point.fixed64(4)) : point.double(4),
        bucketCounts: eights(point.bytes(6), (bytes, at) => Number(bytes.readBigUInt64LE(at))),
        bounds: eights(point.bytes(7), (bytes, at) => bytes.readDoubleLE(at)),
      }));
      return { name: metric.bytes(1).toString(), unit: metric.bytes(3).toString(), kind, points };
    });
}

/** KeyValue, AnyValue. */
function attributesOf(pairs: readonly Message[]): Attributes {
  return Object.fromEntries(
    pairs.map((pair) => {
      const value = read(pair.bytes(2));
      const decoded = value.has(1) ? value.bytes(1).toString() : value.has(4) ? value.double(4) : value.number(3);
      return [pair.bytes(1).toString(), decoded];
    }),
  );
}

function eights(bytes: Buffer, each: (bytes: Buffer, at: number) => number): number[] {
  return Array.from({ length: bytes.length / 8 }, (_, index) => each(bytes, index * 8));
}

/** Fields by their numbers; what is missing is empty or nought. */
interface Message {
  has(field: number): boolean;
  number(field: number): number;
  bytes(field: number): Buffer;
  fixed64(field: number): bigint;
  double(field: number): number;
  all(field: number): Message[];
}

/** Protocol Buffers, "Encoding": fields by number, each a varint, eight bytes or a run of bytes. */
function read(bytes: Buffer): Message {
  const fields = new Map<number, (number | Buffer)[]>();
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at);
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(value);
    }
  };
  const run = (length: number) => {
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = varint();
    const field = tag >> 3;
    const wire = tag & 7;
    const value = wire === 0 ? varint() : run(wire === 1 ? 8 : wire === 5 ? 4 : varint());
    fields.set(field, [...(fields.get(field) ?? []), value]);
  }
  const first = (field: number) => fields.get(field)?.[0];
  const bytesOf = (field: number) => (first(field) as Buffer | undefined) ?? Buffer.alloc(0);
  return {
    has: (field: number) => fields.has(field),
    number: (field: number) => Number(first(field) ?? 0),
    bytes: bytesOf,
    fixed64: (field: number) => (fields.has(field) ? bytesOf(field).readBigUInt64LE() : 0n),
    double: (field: number) => (fields.has(field) ? bytesOf(field).readDoubleLE() : 0),
    all: (field: number) => (fields.get(field) ?? []).map((value) => read(value as Buffer)),
  };
}
