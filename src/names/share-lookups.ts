/** Puts one shared look-up in place of Node's: sockets of every library (pg, mysql2, undici, ioredis, http) resolve their host by `dns.lookup`. */

import dns, { type LookupAddress, type LookupOptions } from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import { isIP } from 'node:net';
import { lookupThreads } from './doubtful-turns.ts';
import { type Addresses, createNames, type NamesSetup, type Question } from './names.ts';

export interface SharedLookups {
  /** Node's own is back. */
  close(): void;
}

export interface SharedLookupsSetup extends Omit<NamesSetup, 'ask' | 'doubtfulMax'> {
  /** Of the process, as it was started. */
  readonly env: NodeJS.ProcessEnv;
}

type Done = (error: Error | null, found: string | LookupAddress[], family: number) => void;

/** For the whole process; to be called where one begins, before it opens a connection. */
export function shareLookups({ env, ...setup }: SharedLookupsSetup): SharedLookups {
  const { lookup: systemLookup } = dns;
  const ask = (question: Question) =>
    new Promise<Addresses>((resolve, reject) => {
      const { hostname, order, ...form } = question;
      const options = { ...form, ...(order === undefined ? {} : { order }), all: true } as const;
      systemLookup(hostname, options, (error, found) => (error === null ? resolve(found) : reject(error)));
    });
  // One thread is left, where there are two.
  const doubtfulMax = Math.max(1, lookupThreads(env) - 1);
  const names = createNames({ ...setup, ask, doubtfulMax });

  function sharedLookup(hostname: string, given: LookupOptions | number | Done, callback?: Done): void {
    const done = typeof given === 'function' ? given : (callback as Done);
    const options = optionsOf(given);
    // An address, or what Node itself has to say something about.
    if (typeof hostname !== 'string' || hostname === '' || isIP(hostname) !== 0) {
      systemLookup(hostname, options, done);
      return;
    }
    names.resolve(questionOf(hostname, options)).then(
      (found) => answer(done, found, options.all === true),
      (error: Error) => done(error, '', 0),
    );
  }

  replace(sharedLookup);
  return { close: () => replace(systemLookup) };
}

/** Whoever gets addresses may keep and change them. */
function answer(done: Done, found: Addresses, isAll: boolean): void {
  const [first] = found;
  if (isAll) {
    const copies = found.map((address) => ({ ...address }));
    done(null, copies, 0);
  } else {
    done(null, first?.address ?? '', first?.family ?? 0);
  }
}

function optionsOf(given: LookupOptions | number | Done): LookupOptions {
  if (typeof given === 'function') return {};
  return typeof given === 'number' ? { family: given } : (given ?? {});
}

/** `verbatim` is the older word for an order. */
function questionOf(hostname: string, { family = 0, hints = 0, order, verbatim }: LookupOptions): Question {
  const older = verbatim === undefined ? undefined : verbatim ? 'verbatim' : 'ipv4first';
  return {
    hostname,
    family: typeof family === 'string' ? Number(family.slice('IPv'.length)) : family,
    hints,
    order: order ?? older,
  };
}

/** Also for `import { lookup } from 'node:dns'`. */
function replace(lookup: (...args: never[]) => void): void {
  Object.defineProperty(dns, 'lookup', { value: lookup, writable: true, configurable: true, enumerable: true });
  syncBuiltinESMExports();
}
