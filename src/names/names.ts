/**
 * Resolves each name once for all who ask, and keeps what was found: a look-up takes one of few threads for as long as the
 * name server lets it wait, nothing can end it, and whoever needs another name must not wait for it.
 */

import type { LookupAddress, LookupOptions } from 'node:dns';
import type { Clock } from '../exchange/ports.ts';
import { createDoubtfulTurns } from './doubtful-turns.ts';
import type { NameSettings } from './settings.ts';

/** As node:dns has its parts. Two questions are the same where all parts are. */
export interface Question {
  readonly hostname: string;
  readonly family: number;
  readonly hints: number;
  readonly order: LookupOptions['order'];
}

export type Addresses = readonly LookupAddress[];

export interface NamesSetup {
  readonly settings: NameSettings;
  /** Never goes back, milliseconds. */
  readonly clock: Clock;
  /** The machine's resolver. */
  readonly ask: (question: Question) => Promise<Addresses>;
  /** Names in doubt that are asked at once. */
  readonly doubtfulMax: number;
  /** A name is not resolved, by this code, or again it is (undefined); told once. */
  readonly told: (hostname: string, trouble: string | undefined) => void;
}

export interface Names {
  /**
   * Throws what the resolver threw; an Error with the code EAI_AGAIN, as of a name server in trouble, where no answer came in
   * time or too much is asked. ENOTFOUND is an answer: the name is gone, and so is what was known of it.
   */
  resolve(question: Question): Promise<Addresses>;
}

interface Entry {
  known?: { readonly addresses: Addresses; readonly atMs: number } | undefined;
  asking?: { readonly sinceMs: number; readonly found: Promise<Addresses> } | undefined;
  /** Code of why its last look-up gave no answer. */
  trouble?: string | undefined;
}

export function createNames({ settings, clock, ask, doubtfulMax, told }: NamesSetup): Names {
  const { keptMs, slowMs, timeoutMs, staleMsMax, entriesMax } = settings;
  /** Whoever was asked for last is last. */
  const entries = new Map<string, Entry>();
  const turns = createDoubtfulTurns(doubtfulMax);

  function entryOf(question: Question): Entry {
    const key = JSON.stringify([question.hostname.toLowerCase(), question.family, question.hints, question.order]);
    const entry = entries.get(key) ?? {};
    if (!entries.delete(key) && entries.size >= entriesMax) makeRoom(question);
    entries.set(key, entry);
    return entry;
  }

  function makeRoom(question: Question): void {
    for (const [key, { asking }] of entries) {
      if (asking === undefined) return void entries.delete(key);
    }
    throw unresolved(question, `${entriesMax} names are being asked already`);
  }

  function trouble(entry: Entry, { hostname }: Question, code: string | undefined): void {
    if ((entry.trouble === undefined) !== (code === undefined)) told(hostname, code);
    entry.trouble = code;
  }

  async function lookUp(entry: Entry, question: Question): Promise<Addresses> {
    let isHeld = entry.trouble !== undefined;
    if (isHeld) await turns.enter();
    const late = setTimeout(() => {
      trouble(entry, question, again);
      if (!isHeld) turns.hold();
      isHeld = true;
    }, timeoutMs);
    try {
      const addresses = await ask(question);
      entry.known = { addresses, atMs: clock.nowMs() };
      trouble(entry, question, undefined);
      return addresses;
    } catch (error) {
      const code = codeOf(error);
      if (code === gone) entry.known = undefined;
      trouble(entry, question, code === gone ? undefined : code);
      throw error;
    } finally {
      clearTimeout(late);
      if (isHeld) turns.leave();
      entry.asking = undefined;
    }
  }

  function asked(entry: Entry, question: Question): NonNullable<Entry['asking']> {
    entry.asking ??= { sinceMs: clock.nowMs(), found: lookUp(entry, question) };
    return entry.asking;
  }

  return {
    async resolve(question) {
      const entry = entryOf(question);
      const { known } = entry;
      const ageMs = known === undefined ? Number.POSITIVE_INFINITY : clock.nowMs() - known.atMs;
      if (known !== undefined && ageMs < keptMs) return known.addresses;
      const { found, sinceMs } = asked(entry, question);
      if (known === undefined || ageMs >= staleMsMax) {
        return within(found, timeoutMs, () => {
          throw unresolved(question, `not answered within ${timeoutMs} ms`);
        });
      }
      const leftMs = Math.max(0, sinceMs + slowMs - clock.nowMs());
      return within(found, leftMs, () => known.addresses).catch((error: unknown) => {
        if (codeOf(error) === gone) throw error;
        return known.addresses;
      });
    },
  };
}

/** The name server says that there is no such name. */
const gone = 'ENOTFOUND';

/** A connection that fails by this is one that was never made: adapter-kit/http-failures.ts. */
const again = 'EAI_AGAIN';

const codeOf = (error: unknown): string => String((error as { readonly code?: unknown } | null)?.code ?? 'failed');

function unresolved({ hostname }: Question, why: string): Error {
  const error = new Error(`getaddrinfo ${again} ${hostname}: ${why}`);
  return Object.assign(error, { code: again, syscall: 'getaddrinfo', hostname });
}

async function within<T>(found: Promise<T>, ms: number, late: () => T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  }).then(late);
  try {
    return await Promise.race([found, over]);
  } finally {
    clearTimeout(timer);
  }
}
