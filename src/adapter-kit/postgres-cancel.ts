/** Stops what a PostgreSQL backend runs, without a login: a CancelRequest on a connection of its own. */

import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type pg from 'pg';
import type { SqlSourceSettings } from './sql-settings.ts';
import { tlsOptionsOf } from './sql-tls.ts';

/** PostgreSQL documentation, "Message Formats": request codes in place of a protocol version. */
const sslRequestCode = 80_877_103;
const cancelRequestCode = 80_877_102;

/** What pg keeps of BackendKeyData. */
interface BackendKey {
  readonly host: string;
  readonly port: number;
  readonly processID: number | null;
  readonly secretKey: number | null;
}

/**
 * Resolves when the server has closed the connection, which it does after signalling the backend: a statement that the
 * backend is given later is not hit. Rejects when the server cannot be reached within the connect time-out.
 */
export async function requestCancel(client: pg.ClientBase, settings: SqlSourceSettings): Promise<void> {
  const { host, port, processID, secretKey } = client as unknown as BackendKey;
  if (processID === null || secretKey === null) return;
  const plain = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
  plain.setTimeout(settings.connectTimeoutMs, () => plain.destroy(new Error('cancel request timed out')));
  const tls = tlsOptionsOf(settings);
  const socket = tls === undefined ? plain : await secured(plain, host, tls);
  // Not `end`: a relay in between may take a half-closed connection for a closed one, and close it too early.
  socket.write(integers(16, cancelRequestCode, processID, secretKey));
  await closed(socket);
}

async function secured(plain: Socket, host: string, options: object): Promise<Socket> {
  plain.write(integers(8, sslRequestCode));
  const answer = await new Promise<Buffer>((resolve, reject) => {
    plain.once('data', resolve);
    plain.once('error', reject);
    plain.once('close', () => reject(new Error('the server closed the connection')));
  });
  if (answer.toString('latin1') !== 'S') throw new Error('the server does not speak TLS');
  return connectTls({ servername: host, ...options, socket: plain });
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.resume();
    socket.once('error', reject);
    socket.once('close', () => resolve());
  });
}

/** 32-bit integers, most significant byte first. */
function integers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeInt32BE(value, index * 4);
  return bytes;
}
