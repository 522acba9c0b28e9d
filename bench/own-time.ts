/** Measures the gateway's own CPU time for a cache hit, without sockets: other work of the machine disturbs it little, and small changes show. */

import path from 'node:path';
import Fastify from 'fastify';
import { calls, pinsOf } from './calls.ts';
import { loadInProcess } from './connection.ts';
import { databaseConnections } from './measured-servers.ts';
import { openRegistry } from './registry.ts';
import { messageSchema } from './servers/message-schema.ts';
import { openGateway } from './servers/open-gateway.ts';
import { spreadOf } from './statistics.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

const { client, service, path: requestPath, body: bodyOf } = calls.person;
const load = { requests: 20_000, connections: 64 };
const rounds = 7;

await using stack = new AsyncDisposableStack();
const folder = await makeTemporaryFolder(stack, undefined);
const registry = stack.use(await openRegistry(path.join(folder, 'postgres')));
const body = bodyOf(pinsOf('one')[0] ?? '');

async function openMeasured(name: string, isRecording: boolean) {
  const gateway = await openGateway({
    folder: path.join(folder, name),
    databaseUrl: registry.url,
    databaseConnections,
    parameters: { cacheEntriesMax: 1000, isRecording, services: [service] },
  });
  stack.defer(() => gateway.close());
  const token = await gateway.issueToken({ id: client, role: 'client', lifetimeSeconds: 86_400 });
  const headers = { authorization: `Bearer ${token}`, 'x-road-client': client, 'content-type': 'application/json' };
  const first = await gateway.app.inject({ method: 'POST', url: requestPath, headers, payload: body });
  const lines = Object.entries({ host: '127.0.0.1', ...headers, 'content-length': body.length });
  const head = lines.map(([header, value]) => `${header}: ${value}\r\n`).join('');
  const request = Buffer.from(`POST ${requestPath} HTTP/1.1\r\n${head}\r\n${body}`);
  return { name, server: gateway.app.server, request, answer: first.body, micros: [] as number[] };
}

const unrecorded = await openMeasured('hit, unrecorded', false);
const recorded = await openMeasured('hit', true);
const bare = Fastify();
stack.defer(() => bare.close());
bare.post(requestPath, { schema: messageSchema }, async (_request, reply) =>
  reply.type('application/json; charset=utf-8').send(recorded.answer),
);
await bare.ready();

const measured = [
  { ...recorded, name: 'bare Fastify', server: bare.server, micros: [] as number[] },
  unrecorded,
  recorded,
];
for (const { server, request } of measured) await loadInProcess(server, request, load);
for (let round = 0; round < rounds; round += 1) {
  for (const { server, request, micros } of measured) {
    const before = process.cpuUsage();
    await loadInProcess(server, request, load);
    const { user, system } = process.cpuUsage(before);
    micros.push((user + system) / load.requests);
  }
}
for (const { name, micros } of measured) {
  const { median, min, max } = spreadOf(micros);
  console.log(`${name}: ${median.toFixed(1)} (${min.toFixed(1)}–${max.toFixed(1)}) µs of CPU time a request`);
}
