/** Sends more requests than the server can answer, at fixed moments however the answers come, and tells the served from the turned away. */

import { connect, type Socket } from 'node:net';
import { busyPercent, type LoadPlan } from './generate-load.ts';
import { percentile } from './statistics.ts';

export interface FloodPlan extends LoadPlan {
  readonly requestsPerSecond: number;
}

export interface FloodResult {
  /** Requests that were due a second. */
  readonly offeredPerSecond: number;
  /** Sent a second: what is due while every connection waits for its answer is not sent at all. */
  readonly sentPerSecond: number;
  /** Right answers a second. This and the next count what came while requests were due: who was turned away last is told later. */
  readonly servedPerSecond: number;
  readonly turnedAwayPerSecond: number;
  /** Of right answers, from the moment the request was sent. */
  readonly servedP50Ms: number;
  readonly servedP99Ms: number;
  readonly turnedAwayP99Ms: number;
  readonly generatorBusyPercent: number;
}

const checkMs = 1;
const endTimeoutMs = 10_000;

/** Throws Error where an answer is neither right nor a 503, or a connection breaks. */
export async function generateFlood(plan: FloodPlan): Promise<FloodResult> {
  const servedMs: number[] = [];
  const turnedAwayMs: number[] = [];
  const requests = plan.bodies.map((body) => requestOf(plan, body));
  let failure: Error | undefined;
  const fail = (error: Error) => {
    failure ??= error;
  };
  const inTime = { served: 0, turnedAway: 0 };
  let endMs = Number.POSITIVE_INFINITY;
  const idle: Connection[] = [];
  const connections = await Promise.all(
    Array.from({ length: plan.connections }, () =>
      open(plan.url, fail, (connection, sentMs, status, body) => {
        const nowMs = performance.now();
        const tookMs = nowMs - sentMs;
        if (nowMs <= endMs) inTime[status === 200 ? 'served' : 'turnedAway'] += 1;
        if (status === 503) turnedAwayMs.push(tookMs);
        else if (status === 200 && body.startsWith(plan.answerStart)) servedMs.push(tookMs);
        else fail(new Error(`wrong answer: status ${status}: ${body.slice(0, 200)}`));
        idle.push(connection);
      }),
    ),
  );
  idle.push(...connections);
  const cpuBefore = process.cpuUsage();
  const startMs = performance.now();
  endMs = startMs + plan.seconds * 1000;
  const total = Math.floor(plan.requestsPerSecond * plan.seconds);
  let passed = 0;
  let sent = 0;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const nowMs = performance.now();
      const elapsedMs = nowMs - startMs;
      const due = Math.min(total, Math.ceil((elapsedMs / 1000) * plan.requestsPerSecond));
      for (const connection of idle.splice(0, due - passed)) {
        connection.send(requests[sent % requests.length] as Buffer, performance.now());
        sent += 1;
      }
      passed = due;
      const isOver = nowMs >= endMs && idle.length === connections.length;
      if (!isOver && failure === undefined && nowMs < endMs + endTimeoutMs) return;
      clearInterval(timer);
      resolve();
    }, checkMs);
  });
  const seconds = (performance.now() - startMs) / 1000;
  for (const { socket } of connections) socket.destroy();
  if (failure !== undefined) throw failure;
  if (servedMs.length < 2) throw new Error(`no more than ${servedMs.length} right answers in ${plan.seconds} s`);
  const { user, system } = process.cpuUsage(cpuBefore);
  servedMs.sort((a, b) => a - b);
  turnedAwayMs.sort((a, b) => a - b);
  return {
    offeredPerSecond: plan.requestsPerSecond,
    sentPerSecond: sent / plan.seconds,
    servedPerSecond: inTime.served / plan.seconds,
    turnedAwayPerSecond: inTime.turnedAway / plan.seconds,
    servedP50Ms: percentile(servedMs, 50),
    servedP99Ms: percentile(servedMs, 99),
    turnedAwayP99Ms: turnedAwayMs.length === 0 ? 0 : percentile(turnedAwayMs, 99),
    generatorBusyPercent: busyPercent(user + system, seconds),
  };
}

interface Connection {
  readonly socket: Socket;
  send(bytes: Buffer, sentMs: number): void;
}

/** One request at a time. Node's own client would take longer for it than the server to refuse it. */
function open(
  url: string,
  fail: (error: Error) => void,
  answered: (connection: Connection, sentMs: number, status: number, body: string) => void,
): Promise<Connection> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    let sentMs: number | undefined;
    let received = '';
    const connection: Connection = {
      socket,
      send(bytes, nowMs) {
        sentMs = nowMs;
        socket.write(bytes);
      },
    };
    socket.setEncoding('latin1');
    socket.once('connect', () => resolve(connection));
    socket.once('error', (error) => {
      reject(error);
      fail(error);
    });
    socket.once('close', () => fail(new Error('the server closed a connection')));
    socket.on('data', (chunk: string) => {
      received += chunk;
      const end = received.indexOf('\r\n\r\n');
      if (end === -1) return;
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(received)?.[1]);
      if (received.length < end + 4 + length || sentMs === undefined) return;
      const body = received.slice(end + 4, end + 4 + length);
      const status = Number(received.slice(9, 12));
      const since = sentMs;
      received = '';
      sentMs = undefined;
      answered(connection, since, status, body);
    });
  });
}

/** A whole request, for connections that are written to directly. */
export function requestOf({ url, headers }: LoadPlan, body: string): Buffer {
  const { host, pathname } = new URL(url);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = Buffer.byteLength(body);
  return Buffer.from(
    `POST ${pathname} HTTP/1.1\r\nhost: ${host}\r\n${lines.join('')}content-length: ${length}\r\n\r\n${body}`,
  );
}
