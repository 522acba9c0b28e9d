/** Keeps connections to a database that nobody uses at the moment, so that whoever needs one next has it at once. */

/** What one engine does with its connections. */
export interface Connections<Client> {
  /** Resolves when it can be used; `gone` is called when it cannot any more. What rejects leaves nothing behind. */
  open(gone: () => void): Promise<Client>;
  /** Without a goodbye, for whose answer a dead connection would wait. */
  cutOff(client: Client): void;
  /** Says goodbye, or cuts off what is busy. */
  end(client: Client): void;
}

/** What is made of each connection, once. */
export type Prepare<Client, Prepared> = (client: Client, giveBack: GiveBack) => Prepared;

/** How a connection comes back: to be used again, or not. */
export interface GiveBack {
  release(): void;
  /** Those that nobody has used since it was taken go with it: the way to the server may have died under all of them. */
  destroy(): void;
}

export interface SqlPool<Prepared> {
  /** The one that was used last, or else a new one; the caller sees to it that there are not too many. */
  take(): Prepared | Promise<Prepared>;
  /** Ends all of them; none may be in use. */
  close(): void;
}

interface Idle<Client, Prepared> {
  readonly client: Client;
  readonly prepared: Prepared;
  /** When it was taken, and when it came back. */
  takenMs: number;
  sinceMs: number;
}

/** Longer than the pauses of office hours, so that connections are not made anew all the time. */
export const idleTimeoutMsUsual = 60_000;

/** A connection that nobody has used for `idleTimeoutMs` is ended within half that time. */
export function createSqlPool<Client, Prepared>(
  { open, cutOff, end }: Connections<Client>,
  idleTimeoutMs: number,
  prepare: Prepare<Client, Prepared>,
): SqlPool<Prepared> {
  let idle: Idle<Client, Prepared>[] = [];
  let sweeping: NodeJS.Timeout | undefined;

  async function connect(): Promise<Prepared> {
    let isGone = false;
    let own: Idle<Client, Prepared> | undefined;
    const client = await open(() => {
      isGone = true;
      idle = idle.filter((one) => one !== own);
    });
    const made: Idle<Client, Prepared> = {
      client,
      prepared: prepare(client, {
        release: () => (isGone ? end(client) : keep(made)),
        destroy: () => {
          const unheard = idle.filter(({ sinceMs }) => sinceMs <= made.takenMs);
          idle = idle.filter((one) => !unheard.includes(one));
          for (const one of [made, ...unheard]) cutOff(one.client);
        },
      }),
      takenMs: performance.now(),
      sinceMs: 0,
    };
    own = made;
    return made.prepared;
  }

  function lend(one: Idle<Client, Prepared>): Prepared {
    one.takenMs = performance.now();
    return one.prepared;
  }

  function keep(one: Idle<Client, Prepared>): void {
    one.sinceMs = performance.now();
    idle.push(one);
    sweeping ??= setInterval(sweep, idleTimeoutMs / 2).unref();
  }

  function sweep(): void {
    const usedBeforeMs = performance.now() - idleTimeoutMs;
    endAll(idle.filter(({ sinceMs }) => sinceMs <= usedBeforeMs));
    if (idle.length > 0) return;
    clearInterval(sweeping);
    sweeping = undefined;
  }

  function endAll(tired: readonly Idle<Client, Prepared>[]): void {
    idle = idle.filter((one) => !tired.includes(one));
    for (const { client } of tired) end(client);
  }

  return {
    take() {
      const last = idle.pop();
      return last === undefined ? connect() : lend(last);
    },
    close() {
      clearInterval(sweeping);
      endAll(idle);
    },
  };
}
