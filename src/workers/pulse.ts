/** Notices a worker that runs and does nothing: stopped, or in a loop without end. */

import { setTimeout as sleep } from 'node:timers/promises';

export interface PulseSettings {
  /** Between two questions, milliseconds. */
  readonly intervalMs: number;
  /** For an answer; without one the worker counts as silent until it gives one, milliseconds. */
  readonly timeoutMs: number;
  /** Silence after which a worker is killed and replaced, milliseconds. */
  readonly silentMsMax: number;
}

export interface Pulse {
  readonly isSilent: () => boolean;
  /** Asks now; resolves with whether it answers within `timeoutMs`. */
  beats(): Promise<boolean>;
  /** Nothing is observed any more. */
  stop(): void;
}

export interface PulseObserver {
  /** No answer in time. */
  silent(): void;
  /** It answers again. */
  awake(): void;
  /** Silent for too long; told once. */
  gone(): void;
}

/** `ask` resolves when the worker answers, or rejects within that many milliseconds. */
export function createPulse(
  ask: (timeoutMs: number) => Promise<unknown>,
  settings: PulseSettings,
  observer: PulseObserver,
): Pulse {
  const { intervalMs, timeoutMs, silentMsMax } = settings;
  let isSilent = false;
  let isOver = false;
  // Counted, not timed: if this very process was stopped, answers may lie here unread.
  let unanswered = 0;

  function heard(): void {
    unanswered = 0;
    if (!isSilent || isOver) return;
    isSilent = false;
    observer.awake();
  }

  async function beats(): Promise<boolean> {
    const done = new AbortController();
    const answer = ask(silentMsMax).then(
      () => true,
      () => false,
    );
    // Late ones are a sign of life, too.
    void answer.then((isAnswered) => isAnswered && heard());
    const late = sleep(timeoutMs, false, { signal: done.signal }).catch(() => false);
    const isInTime = await Promise.race([answer, late]);
    done.abort();
    if (!isInTime && !isSilent && !isOver) {
      isSilent = true;
      observer.silent();
    }
    return isInTime;
  }

  const asking = setInterval(() => {
    unanswered += 1;
    if (unanswered * intervalMs <= silentMsMax) return void beats();
    clearInterval(asking);
    observer.gone();
  }, intervalMs);

  return {
    isSilent: () => isSilent,
    beats,
    stop() {
      isOver = true;
      clearInterval(asking);
    },
  };
}
