/** The registry's acts by path; each takes effect once for each Idempotency-Key. */

import type { DeliveryOutcome, SqlSource } from '../../../../src/adapter-kit/index.ts';
import type { Wire } from '../../wire.ts';
import type { Envelope } from '../questions.ts';
import type { Act } from './act.ts';
import { recordPin, registerBirth } from './births.ts';
import { correct } from './corrections.ts';
import { registerDeath } from './deaths.ts';
import { registerMarriage } from './marriages.ts';

export interface Acts {
  has(path: string): boolean;
  /** Undefined where the key is none: an act without one could be done twice. */
  carryOut(path: string, key: string | undefined, asked: Wire, signal: AbortSignal): Promise<Envelope | undefined>;
}

const acts: Readonly<Record<string, Act>> = {
  '/ho-tich/dang-ky-khai-sinh': registerBirth,
  '/ho-tich/cap-nhat-so-dinh-danh': recordPin,
  '/ho-tich/dang-ky-khai-tu': registerDeath,
  '/ho-tich/dang-ky-ket-hon': registerMarriage,
  '/ho-tich/cai-chinh': correct,
};

/** A string of structured fields (RFC 9651 section 3.3.3), as draft-ietf-httpapi-idempotency-key-header has it. */
const keyForm = /^"([0-9a-f-]{36})\/([a-z0-9.-]{1,90}(?:\/\d{1,9})?)"$/;

export function createActs(sql: SqlSource): Acts {
  return {
    has: (path) => Object.hasOwn(acts, path),
    async carryOut(path, key, asked, signal) {
      const [, exchangeId, leg] = keyForm.exec(key ?? '') ?? [];
      const act = acts[path];
      if (act === undefined || exchangeId === undefined || leg === undefined) return undefined;
      return envelopeOf(await sql.takeOnce({ exchangeId, leg, round: 0 }, (books) => act(books, asked), signal));
    },
  };
}

function envelopeOf(outcome: DeliveryOutcome): Envelope {
  switch (outcome.outcome) {
    case 'done':
      return { ma: 0, thong_bao: 'Thành công', du_lieu: outcome.result ?? {} };
    case 'refused':
      return { ma: 400, thong_bao: 'Từ chối đăng ký', du_lieu: { ly_do: outcome.reason.code } };
    case 'waiting':
      throw new Error('this registry answers at once');
  }
}
