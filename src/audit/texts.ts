/** Gives the texts that many entries share their numbers, and remembers those that are met all the time. */

import { createHash } from 'node:crypto';
import type { StateQueries } from '../state/session.ts';
import { readStatement } from '../state/statements.ts';

/** Use, value and detail of a text. */
export type TextKey = string;

export interface TextNumbers {
  /** The number of each text, new ones added. */
  of(keys: ReadonlySet<TextKey>): Promise<ReadonlyMap<TextKey, number>>;
}

const folder = new URL('sql/', import.meta.url);
const addTexts = readStatement(folder, 'add-texts');
const textIds = readStatement(folder, 'text-ids');

/** No text holds the separator. */
const separator = '\0';
/** Beyond it the memory begins anew. */
const rememberedMax = 100_000;

export function textKey(use: string, value: string, detail = ''): TextKey {
  return `${use}${separator}${value}${separator}${detail}`;
}

export function createTextNumbers(queries: StateQueries): TextNumbers {
  const remembered = new Map<TextKey, number>();

  async function learn(keys: readonly TextKey[]): Promise<void> {
    const byDigest = new Map(keys.map((key) => [createHash('sha256').update(key).digest('hex'), key]));
    const texts = [...byDigest].map(([digest, key]) => {
      const [use, value, detail] = key.split(separator);
      return { use, value, detail, digest: `\\x${digest}` };
    });
    const digests = [...byDigest.keys()].map((digest) => Buffer.from(digest, 'hex'));
    await queries.query(addTexts, { texts: JSON.stringify(texts) });
    for (const { id, digest } of await queries.query<{ id: number; digest: string }>(textIds, { digests })) {
      const key = byDigest.get(digest);
      if (key !== undefined) remembered.set(key, id);
    }
  }

  return {
    async of(keys) {
      if (remembered.size > rememberedMax) remembered.clear();
      const unknown = [...keys].filter((key) => !remembered.has(key));
      if (unknown.length > 0) await learn(unknown);
      return remembered;
    },
  };
}
