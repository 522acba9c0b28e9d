/** A resolver with as few threads as libuv gives to look-ups, whose name server answers some names, and lets others hang. */

import type { Addresses, Question } from '../../src/names/names.ts';

export interface SlowResolver {
  readonly ask: (question: Question) => Promise<Addresses>;
  /** Host names in the order in which their look-up began. */
  readonly begun: string[];
  /** What the name server says of a name: an address, the code of an error, or nothing (it hangs). */
  say(hostname: string, what: string | undefined): void;
  /** Every look-up that hangs ends now, by EAI_AGAIN unless there is something to say meanwhile. */
  giveUp(): void;
}

export function createSlowResolver(threads = 2): SlowResolver {
  const said = new Map<string, string | undefined>();
  const hanging = new Set<() => void>();
  const waiting: (() => void)[] = [];
  const begun: string[] = [];
  let running = 0;

  function leave(): void {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }
  function fail(hostname: string, code: string): never {
    throw Object.assign(new Error(`getaddrinfo ${code} ${hostname}`), { code, syscall: 'getaddrinfo', hostname });
  }

  return {
    begun,
    say: (hostname, what) => void said.set(hostname, what),
    giveUp() {
      for (const end of [...hanging]) end();
    },
    async ask({ hostname }) {
      if (running === threads) await new Promise<void>((resolve) => waiting.push(resolve));
      else running += 1;
      begun.push(hostname);
      try {
        if (said.get(hostname) === undefined) await hangs();
        const what = said.get(hostname) ?? 'EAI_AGAIN';
        if (/^E[A-Z_]+$/.test(what)) fail(hostname, what);
        return [{ address: what, family: 4 }];
      } finally {
        leave();
      }
    },
  };

  async function hangs(): Promise<void> {
    await new Promise<void>((resolve) => {
      const end = () => {
        hanging.delete(end);
        resolve();
      };
      hanging.add(end);
    });
  }
}
