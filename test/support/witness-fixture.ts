/** Witnesses for tests: the one that ships, on a real port and real files, and ones that say whatever they are told to. */

import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';
import type { Cosigning } from '../../src/exchange-log/cosigning.ts';
import { createCosigner, formatVerifierKey, parseVerifierKey } from '../../src/exchange-log/note/keys.ts';
import { openNote } from '../../src/exchange-log/note/note.ts';
import { type Disk, realDisk } from '../../src/exchange-log/store/disk.ts';
import { createCosigning, type WitnessLimits } from '../../src/exchange-log/witness/ask-witnesses.ts';
import { parseCosignerKey } from '../../src/exchange-log/witness/peers.ts';
import { createWitness } from '../../src/exchange-log/witness/witness.ts';
import { openWitnessStore } from '../../src/exchange-log/witness/witness-store.ts';
import { buildWitnessApp } from '../../src/http/witness-app.ts';

const witnessHttp = {
  bodyBytesMax: 65_536,
  headersMax: 100,
  headerBytesMax: 16_384,
  urlBytesMax: 1024,
  pipelinedRequestsMax: 16,
  headersTimeoutMs: 5000,
  requestTimeoutMs: 10_000,
  timeoutCheckIntervalMs: 1000,
  keepAliveTimeoutMs: 60_000,
  inactivityTimeoutMs: 30_000,
  connectionsMax: 1000,
};

export interface TestWitness {
  readonly url: string;
  readonly vkey: string;
  /** Origin and size of each checkpoint cosigned. */
  readonly cosigned: { readonly origin: string; readonly size: number }[];
  /** Notes by which a log contradicted itself. */
  readonly evidence: string[];
  close(): Promise<void>;
}

export interface TestWitnessSetup {
  /** Where it keeps what it cosigned. */
  readonly folder: string;
  /** Keys of the logs. */
  readonly logs: readonly string[];
  readonly name?: string;
  readonly privateKey?: KeyObject;
  readonly disk?: Disk;
  readonly isBegun?: boolean;
  readonly port?: number;
}

export const makeWitnessKey = () => generateKeyPairSync('ed25519').privateKey;

export async function startTestWitness(t: Test, setup: TestWitnessSetup): Promise<TestWitness> {
  const { folder, disk = realDisk, name = 'witness.example/w1', privateKey = makeWitnessKey() } = setup;
  const cosigner = createCosigner(name, privateKey, () => Math.floor(Date.now() / 1000));
  const cosigned: TestWitness['cosigned'] = [];
  const evidence: string[] = [];
  const witness = createWitness({
    logs: setup.logs.map(parseVerifierKey).map((verifier) => ({ origin: verifier.name, verifiers: [verifier] })),
    cosigner,
    store: await openWitnessStore({ disk, folder, isBegun: setup.isBegun ?? false }),
    observer: {
      cosigned: (origin, size) => cosigned.push({ origin, size }),
      contradicted: (_origin, _size, note) => evidence.push(note),
    },
  });
  let requests = 0;
  const app = await buildWitnessApp({
    limits: witnessHttp,
    witness,
    makeRequestId: () => `request-${requests++}`,
    onFault: () => undefined,
  });
  const url = await app.listen({ host: '127.0.0.1', port: setup.port ?? 0 });
  const close = async () => {
    app.server.closeAllConnections();
    await app.close();
  };
  t.teardown(close);
  return { url, vkey: formatVerifierKey(cosigner.verifier), cosigned, evidence, close };
}

export interface ToldWitness {
  readonly url: string;
  /** Bodies of the requests so far. */
  readonly requests: string[];
}

/** Says what the function says, to whatever is asked. */
export async function startToldWitness(
  t: Test,
  answer: (response: ServerResponse, body: string, request: IncomingMessage) => void,
): Promise<ToldWitness> {
  const requests: string[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    requests.push(body);
    answer(response, body, request);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

export interface HeardWitnesses {
  readonly cosigning: Cosigning;
  /** What was told of them, in order: `w1 cosigned`, `w1 failed timeout`, … */
  readonly heard: string[];
}

/** Quick to give up and to try again. */
export const eagerLimits: WitnessLimits = {
  wanted: 1,
  without: 'warn',
  timeoutMs: 300,
  graceMs: 60_000,
  backoffMs: 50,
  backoffMsMax: 200,
  answerBytesMax: 4096,
  clockSkewMsMax: 60_000,
};

export function askWitnesses(
  witnesses: readonly { readonly url: string; readonly vkey: string }[],
  limits: Partial<WitnessLimits> = {},
): HeardWitnesses {
  const heard: string[] = [];
  const short = (name: string) => name.replace(/^.*\//, '');
  const cosigning = createCosigning({
    witnesses: witnesses.map(({ url, vkey }) => ({ url, verifier: parseCosignerKey(vkey) })),
    limits: { ...eagerLimits, ...limits },
    observer: {
      answered: (name, outcome) => heard.push(`${short(name)} ${outcome}`),
      failed: (name, fault) => heard.push(`${short(name)} failed: ${fault.message}`),
      recovered: (name) => heard.push(`${short(name)} recovered`),
      forgot: (name, cosigned, named) => heard.push(`${short(name)} forgot ${cosigned}, knows ${named}`),
      obtained: () => undefined,
    },
    nowMs: () => performance.now(),
    timeMs: Date.now,
  });
  return { cosigning, heard };
}

/** Names of the witnesses whose cosignatures hold. */
export function cosignersOf(note: string, witnesses: readonly { readonly vkey: string }[]): string[] {
  const verifiers = witnesses.map(({ vkey }) => parseVerifierKey(vkey));
  try {
    return openNote(note, verifiers).signatures.map(({ name }) => name.replace(/^.*\//, ''));
  } catch {
    return [];
  }
}
