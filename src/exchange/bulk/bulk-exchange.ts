/** Many messages in one request: the caller's right is proved once, before a line is read; then each line goes the way of every exchange. */

import { Problem } from '../../problems.ts';
import { createExchange, type ExchangeDependencies } from '../pipeline.ts';
import type { MessageValue, MetaService, PushService, Service } from '../services.ts';
import { createSteps } from '../steps/index.ts';
import type { Incoming, Settled, Trail, XRoadId } from '../types.ts';
import { inTurn } from './in-turn.ts';

export interface BulkExchange {
  /** Proves that the caller may call the service for the purpose named. Rejects only where a refusal cannot be recorded. */
  open(incoming: Incoming): Promise<Opening>;
  /** Records a request that was refused before it could be opened. */
  refuse(incoming: Incoming, problem: Problem): Promise<Settled>;
}

export type Opening = { readonly refused: Settled } | { readonly bulk: OpenBulk };

export interface OpenBulk {
  readonly consumer: XRoadId;
  readonly kind: Service['kind'];
  /**
   * As Exchange.exchange; pushes about one person are accepted in the order in which they are handed in, and none of them
   * behind one that ended the request.
   */
  exchange(line: Incoming): Promise<Settled>;
  /** Records a line that cannot be read, under the caller's name. */
  refuse(line: Incoming, problem: Problem): Promise<Settled>;
}

/** @param deps with a quota and breakers that let a line wait where a single request is refused. */
export function createBulkExchange(deps: ExchangeDependencies): BulkExchange {
  const exchange = createExchange(deps);
  const step = createSteps(deps);

  /** The ordinary steps up to the agreement, on what the headers say. */
  async function prove(incoming: Incoming, trail: Trail): Promise<Service> {
    trail.client = await step.authenticate(incoming);
    const service = step.resolveService(incoming);
    trail.service = service;
    if (service.kind === 'meta') throw notInBulk(service);
    try {
      step.authorise(trail.client, service, blankMessage(incoming));
    } catch (error) {
      // It depends on the fields that a line asks for.
      if (!(error instanceof Problem && error.code === 'safety-level-too-low')) throw error;
    }
    return service;
  }

  function openBulk(service: Service, trail: Trail): OpenBulk {
    const refuse = (line: Incoming, problem: Problem) => exchange.refuse(line, problem, { ...trail });
    const consumer = trail.client?.id ?? '';
    if (service.kind === 'query') return { consumer, kind: service.kind, exchange: exchange.exchange, refuse };
    const personsIn = (line: Incoming) => personsOf(service, () => step.parseRequest(service, line).value);
    return { consumer, kind: service.kind, exchange: inTurn({ run: exchange.exchange, refuse, personsIn }), refuse };
  }

  return {
    async open(incoming) {
      step.demandLog();
      const trail: Trail = {};
      try {
        return { bulk: openBulk(await prove(incoming, trail), trail) };
      } catch (error) {
        const problem = error instanceof Problem ? error : failed(error);
        return { refused: await exchange.refuse(incoming, problem, trail) };
      }
    },
    refuse: (incoming, problem) => exchange.refuse(incoming, problem),
  };
}

/** All that its queue will be ordered by. A message that cannot be read is about nobody, and refused in its turn. */
function personsOf(service: PushService, read: () => unknown): readonly string[] {
  try {
    return service.personsIn(read() as MessageValue, {});
  } catch {
    return [];
  }
}

const blankMessage = ({ id, purpose, signal }: Incoming) => ({
  value: {},
  subject: undefined,
  requestedFields: undefined,
  question: {},
  purpose,
  exchangeId: id,
  signal,
});

function notInBulk({ method }: MetaService): Problem {
  return new Problem('content-type-unsupported', `${method} takes no messages.`);
}

function failed(cause: unknown): Problem {
  return new Problem('internal-error', 'The gateway failed on this request; it is recorded.', { cause });
}
