/** What holds for answers of any SQL server, whichever engine it is: they have bounds, and bytes that change end no more than the call. */

import type { Test } from 'tap';
import type { SqlSource } from '../../src/adapter-kit/sql-source.ts';

export const boundsOfAnswers = { answerBytesMax: 65_536, rowsMax: 100 } as const;

/** Of a source with those bounds, whose statement gives `rows` rows, each a text of `bytes`. */
export async function holdsBounds(t: Test, source: SqlSource): Promise<void> {
  const ask = async (rows: number, bytes: number) => (await source.query('it', { rows, bytes })).length;
  const tooMuch = (kind: RegExp) => ({ name: 'SourceError', kind: 'answer-invalid', message: kind });
  await t.rejects(ask(101, 1), tooMuch(/over 100 rows/));
  t.equal(await ask(100, 1), 100);
  await t.rejects(ask(101, 1), tooMuch(/over 100 rows/));
  await t.rejects(ask(2, 40_000), tooMuch(/over 65536 bytes/));
  for (let round = 0; round < 5; round += 1) t.equal(await ask(1, 40_000), 1, 'each answer is counted by itself');
  await t.rejects(ask(2, 40_000), tooMuch(/over 65536 bytes/));
}

export interface SpoiltAnswers {
  readonly rounds: number;
  /** From now on bytes change on their way, or no longer. */
  readonly fall: (isSick: boolean) => void;
  /** Of three rows, within that time. */
  readonly ask: (timeoutMs: number) => Promise<readonly unknown[]>;
  /** More calls than that must fail by bytes that cannot be read. */
  readonly garbledMin: number;
}

export async function survivesSpoiltBytes(t: Test, { rounds, fall, ask, garbledMin }: SpoiltAnswers): Promise<void> {
  const isWell = () =>
    ask(2_000).then(
      () => true,
      () => false,
    );
  const kinds = new Map<unknown, number>();
  for (let round = 0; round < rounds; round += 1) {
    fall(false);
    while (!(await isWell()));
    fall(true);
    const kind = await ask(100).then(
      () => 'answered',
      (error: { kind?: unknown }) => error.kind,
    );
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  fall(false);
  t.equal((await ask(2_000)).length, 3);
  t.notOk(kinds.has(undefined), 'each failure is a SourceError');
  t.ok((kinds.get('garbled') ?? 0) > garbledMin, `most cannot be read: ${JSON.stringify([...kinds])}`);
}
