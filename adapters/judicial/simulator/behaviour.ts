/** The simulator's switches: how slow it is and how it fails, so that tests and demonstrations can make the registry misbehave. */

import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * - `normal`: answers
 * - `error-500`, `busy-503`: that status, with the error page of some proxy
 * - `garbage`: 200 and something that is not JSON
 * - `cut`: 200, and the connection ends in the middle of the answer
 * - `silent`: takes the question and never answers
 */
const modes = ['normal', 'error-500', 'busy-503', 'garbage', 'cut', 'silent'] as const;

export interface Behaviour {
  readonly mode: (typeof modes)[number];
  /** Added to every answer, milliseconds. */
  readonly latencyMs: number;
}

const latencyMsMax = 60_000;

/** Merges what is given into the behaviour; undefined if it is not understood. */
export function changeBehaviour(
  behaviour: Behaviour,
  change: Readonly<Record<string, unknown>>,
): Behaviour | undefined {
  const mode = modes.find((known) => known === (change.mode ?? behaviour.mode));
  const latencyMs = change.latencyMs ?? behaviour.latencyMs;
  if (mode === undefined || typeof latencyMs !== 'number' || !(latencyMs >= 0 && latencyMs <= latencyMsMax))
    return undefined;
  return { mode, latencyMs };
}

/** Sends the answer as the behaviour has it. Throws when the signal is aborted while it waits. */
export async function answerAs(
  { mode, latencyMs }: Behaviour,
  response: ServerResponse,
  signal: AbortSignal,
  answer: () => Promise<unknown>,
): Promise<void> {
  if (latencyMs > 0) await wait(latencyMs, undefined, { signal });
  switch (mode) {
    case 'normal':
      return sendJson(response, 200, await answer());
    case 'error-500':
      return sendPage(response, 500);
    case 'busy-503':
      return sendPage(response, 503);
    case 'garbage':
      return void response.writeHead(200, { 'content-type': 'application/json' }).end('{"ma": 0, "du_lieu": {"so_dinh');
    case 'cut': {
      const body = JSON.stringify(await answer());
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
      response.write(body.slice(0, body.length / 2), () => response.destroy());
      return;
    }
    case 'silent':
      return;
  }
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
}

function sendPage(response: ServerResponse, status: number): void {
  response
    .writeHead(status, { 'content-type': 'text/html' })
    .end('<html><body><h1>Hệ thống đang bận</h1></body></html>');
}
