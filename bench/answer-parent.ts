/** The other end of `child.ts`: lets a module answer its parent's questions, and ends it when the parent has gone. */

import type { Question, Reply } from './child.ts';

/** Keys are questions. What an answer throws reaches the asker. */
export type Answers = Readonly<Record<string, (value: never) => unknown>>;

/** `close` is called when the parent closes the channel, or has ended however that was. */
export function answerParent(answers: Answers, close: () => unknown = () => undefined): void {
  process.on('message', async ({ id, question, value }: Question) => {
    const reply = await answer(answers, question, value).then(
      (given): Reply => ({ id, answer: given }),
      (error: Error): Reply => ({ id, failure: error.message }),
    );
    // The channel may have been closed meanwhile.
    if (process.connected) process.send?.(reply);
  });
  process.once('disconnect', async () => {
    try {
      await close();
      process.exit(0);
    } catch (error) {
      console.error(error);
      process.exit(1);
    }
  });
}

async function answer(answers: Answers, question: string, value: unknown): Promise<unknown> {
  const given = answers[question];
  if (given === undefined) throw new Error(`no answer to "${question}"`);
  return given(value as never);
}
