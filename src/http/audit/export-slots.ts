/** Bounds how many exports run at a time: each keeps the database and a connection busy for long. */

import type { FastifyReply } from 'fastify';
import { Problem } from '../../problems.ts';

export interface ExportSlots {
  /** Until the reply is sent or its reader has gone. Throws Problem('index-unavailable') where none is free. */
  take(reply: FastifyReply): void;
}

const retryAfterSeconds = 10;

export function createExportSlots(exportsMax: number): ExportSlots {
  let taken = 0;
  return {
    take(reply) {
      if (taken >= exportsMax) {
        throw new Problem('index-unavailable', `${exportsMax} exports are running already.`, { retryAfterSeconds });
      }
      // Its end has been told already: nobody would give the slot back.
      if (reply.raw.destroyed) return;
      taken += 1;
      reply.raw.once('close', () => {
        taken -= 1;
      });
    },
  };
}
