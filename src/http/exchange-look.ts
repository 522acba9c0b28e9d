/** A look at one exchange: found by its id, kept to the caller's member, and recorded with the person whom it is about. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../exchange/callers.ts';
import type { ExchangeEntry, LogEntry } from '../exchange/entries.ts';
import type { LookingUp, Receipts, RecordedExchange } from '../exchange/log-ports.ts';
import type { Pseudonyms } from '../exchange/ports.ts';
import { Problem } from '../problems.ts';
import { mayLookAt } from './audit/confinement.ts';
import { exchangeIdForm } from './exchange-id.ts';
import { goneSignalOf } from './gone-signal.ts';
import type { Looking, WantedLook } from './looking.ts';

export interface FoundExchange {
  readonly recorded: RecordedExchange;
  readonly entry: LogEntry;
}

export interface ExchangeLookDependencies {
  readonly looking: Looking;
  readonly receipts: Pick<Receipts, 'find'>;
  readonly pseudonyms: Pick<Pseudonyms, 'text'>;
}

/**
 * Undefined where this gateway's log has no such exchange, or none that the caller may look at: such a look is recorded
 * as well, without a person, and by an id that is recorded nowhere here as a pseudonym alone: its digits may be a
 * personal number. The gateway itself reads the entry before the look is durable, to know the person; it gives
 * nothing away before. Throws what `Looking.look` throws, and Problem('not-found') for what has not the form of an id:
 * nothing is looked at then. Throws what `Receipts.find` throws, too, once the look is recorded.
 */
export async function lookAtExchange(
  { looking, receipts, pseudonyms }: ExchangeLookDependencies,
  {
    request,
    reply,
    caller,
  }: { readonly request: FastifyRequest; readonly reply: FastifyReply; readonly caller: Caller },
  wanted: Pick<WantedLook, 'look' | 'scopes'>,
  id: string,
): Promise<FoundExchange | undefined> {
  if (!exchangeIdForm.test(id)) throw new Problem('not-found', 'No exchange has an id of this form.');
  const refusal = looking.refusalOf(caller, wanted);
  looking.admit(caller, refusal);
  let failure: { readonly error: unknown } | undefined;
  const find = () =>
    receipts.find(id, lookingUp(request, reply, caller)).catch((error: unknown) => {
      failure = { error };
      return undefined;
    });
  const recorded = refusal === undefined ? await find() : undefined;
  const found = recorded && shownTo(caller, recorded);
  const subject = found?.entry.subject;
  const exchange = recorded === undefined ? pseudonyms.text(id) : id;
  await looking.look(request, reply, caller, { ...wanted, subject, filters: { exchange }, isAdmitted: true });
  if (failure !== undefined) throw failure.error;
  return found;
}

/** As that caller, and only while they wait for it. */
export function lookingUp(request: FastifyRequest, reply: FastifyReply, { role, id }: Caller): LookingUp {
  return { asker: `${role} ${id}`, signal: goneSignalOf(request, reply) };
}

function shownTo({ confinedTo }: Caller, recorded: RecordedExchange): FoundExchange | undefined {
  const entry = JSON.parse(recorded.entry.toString()) as LogEntry;
  const { consumer, service } = entry as Partial<ExchangeEntry>;
  return mayLookAt(confinedTo, { consumer, service }) ? { recorded, entry } : undefined;
}
