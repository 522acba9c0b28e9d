/** A connection to MariaDB that takes nothing for an answer that is none: mysql2 alone reads on beyond a packet, prints what puzzles it, and gathers whatever comes. */

import type { Socket } from 'node:net';
import { type Connection, type ConnectionOptions, createConnection } from 'mysql2';
import { createPacketWalk } from './mariadb-frames.ts';
import { SourceError } from './source-error.ts';
import type { AnswerLimits } from './sql-settings.ts';

export interface GuardedConnection {
  /** For what nobody waits for; whatever else is asked by `ask`. */
  readonly connection: Connection;
  /** Resolves when it can be used. */
  ready(): Promise<void>;
  /** Runs what is given a callback; what arrives from now on counts as one answer. */
  ask<T>(start: (done: (error: unknown, result: T) => void) => void): Promise<T>;
  /** `destroy` alone waits for the server to close its side, which a hung server never does. */
  cutOff(): void;
}

/**
 * Whatever the server sends that cannot be read, is not expected or is too much ends this connection, and what runs on it
 * fails with SourceError `garbled`, or `answer-invalid` if it is only too much. Nothing of it is printed. `gone` is called
 * when it can be used no more.
 */
export function openGuarded(
  options: ConnectionOptions,
  limits: AnswerLimits,
  gone: () => void = () => undefined,
): GuardedConnection {
  const connection = createConnection(options);
  const wire = connection as unknown as Wire;
  const asking = new Set<(error: unknown) => void>();
  const walk = createPacketWalk();
  let failure: unknown;
  let bytes = 0;
  let rows = 0;

  const cutOff = (error?: Error) => {
    connection.destroy();
    wire.stream.destroy(error);
  };
  const fail = (error: unknown) => {
    failure ??= failureIn(error);
    gone();
    // mysql2 forgets to tell whoever waits for some of what it finds wrong.
    for (const reject of asking) reject(failure);
    cutOff();
  };
  connection.on('error', fail);
  connection.on('end', gone);

  const { packetParser, handlePacket } = wire;
  const isAsked = () => wire._command !== null && wire._command !== undefined;
  wire.packetParser = {
    execute(chunk) {
      if (wire.stream.destroyed) return;
      try {
        bytes += chunk.length;
        if (bytes > limits.answerBytesMax) throw tooMuch(`${limits.answerBytesMax} bytes`);
        packetParser.execute(chunk);
        const begun = walk(chunk);
        if (begun !== undefined && isAsked() && begun !== wire.sequenceId) throw unreadable();
      } catch (error) {
        fail(error);
      }
    },
  };
  wire.handlePacket = (packet) => {
    if (packet === undefined) return handlePacket.call(wire);
    if (isAsked() && packet.sequenceId !== wire.sequenceId) throw unreadable();
    packet.readLengthCodedNumberExt = readLength;
    const command = wire._command;
    const isRow = command?.row !== undefined && command.next === command.row && !packet.isEOF() && !packet.isError();
    if (isRow) rows += 1;
    if (rows > limits.rowsMax) throw tooMuch(`${limits.rowsMax} rows`);
    handlePacket.call(wire, packet);
    // What is longer than its packet was read out of the next one.
    if (packet.offset > packet.end || (isRow && packet.offset < packet.end)) throw unreadable();
  };

  async function ask<T>(start: (done: (error: unknown, result: T) => void) => void): Promise<T> {
    if (failure !== undefined) throw failure;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    bytes = 0;
    rows = 0;
    asking.add(reject);
    try {
      start((error, result) => (error === null ? resolve(result) : reject(failureIn(error))));
      return await promise;
    } finally {
      asking.delete(reject);
    }
  }

  return {
    connection,
    ready: () => ask<void>((done) => connection.connect((error) => done(error))),
    ask,
    cutOff: () => cutOff(),
  };
}

/** What mysql2's types leave out of its connection. */
interface Wire {
  /** The one place that is handed the server's bytes, whether they came by TLS or not. */
  packetParser: { execute(chunk: Buffer): void };
  /** Given nothing, it starts the next command. */
  handlePacket(this: Wire, packet?: Packet): void;
  readonly stream: Socket;
  readonly sequenceId: number;
  /** What it waits for an answer to; `next` is the step that takes the next packet, `row` the one that takes rows. */
  readonly _command: { readonly next: unknown; readonly row?: unknown } | null | undefined;
}

interface Packet {
  readonly sequenceId: number;
  readonly offset: number;
  readonly end: number;
  isEOF(): boolean;
  isError(): boolean;
  readLengthCodedNumberExt: LengthReader;
}

type LengthReader = (this: Packet, tag: number, ...options: unknown[]) => unknown;

/** Numbers that begin with another tag are none; mysql2 would print a trace of them. */
const lengthTags = new Set([0xfb, 0xfc, 0xfd, 0xfe]);

const readLength: LengthReader = function (tag, ...options) {
  if (!lengthTags.has(tag)) throw unreadable();
  const { readLengthCodedNumberExt } = Object.getPrototypeOf(this) as Packet;
  return readLengthCodedNumberExt.call(this, tag, ...options);
};

/** An error of mysql2's own that tells of no answer and no network is about bytes that it cannot read; its words go no further. */
function failureIn(error: unknown): unknown {
  if (error instanceof SourceError) return error;
  const { sqlState, code } = error as { readonly sqlState?: unknown; readonly code?: unknown };
  if (typeof sqlState === 'string' && sqlState !== '') return error;
  return typeof code === 'string' && !unreadableCodes.test(code) ? error : unreadable();
}

/** Of mysql2, and of Node's buffers. */
const unreadableCodes = /^(?:PROTOCOL_(?!CONNECTION_LOST)|ERR_OUT_OF|ERR_BUFFER|ERR_INVALID_ARG|HANDSHAKE_UNKNOWN)/;

const unreadable = () => new SourceError('garbled', 'the MariaDB server sent what cannot be read');
const tooMuch = (most: string) => new SourceError('answer-invalid', `the MariaDB server answers with over ${most}`);
