/** The way of every exchange, top to bottom: what a step gives is what the next one takes, and nothing is answered before it is recorded. */

import { Problem } from '../problems.ts';
import type { ExchangeEntry } from './entries.ts';
import { type EntryDependencies, entryOf } from './entry.ts';
import type { SealedBodies } from './log-ports.ts';
import type { ExchangeLog, StepObserver } from './ports.ts';
import { createSteps, type StepDependencies } from './steps/index.ts';
import { isToBeSealed } from './steps/seal-evidence.ts';
import { timeSteps } from './time-steps.ts';
import type { Answer, Incoming, Outcome, Settled, Trail } from './types.ts';

export interface ExchangeDependencies extends StepDependencies, EntryDependencies {
  readonly log: ExchangeLog;
  readonly observer: StepObserver;
  /** Told of every failure that is the gateway's or a registry's own, for the operational log. */
  readonly onFault: (problem: Problem, exchangeId: string) => void;
}

export interface Exchange {
  /** Carries out and records one exchange; resolves for refusals too. Rejects only when the log takes no entry: then nothing is done. */
  exchange(incoming: Incoming): Promise<Settled>;
  /** Records an exchange that was refused before it could be read, with what is known of it. */
  refuse(incoming: Incoming, problem: Problem, trail?: Trail): Promise<Settled>;
}

type Steps = ReturnType<typeof createSteps>;

interface Kept {
  readonly outcome: Outcome;
  readonly sealed?: SealedBodies | undefined;
}

interface Written {
  readonly outcome: Outcome;
  readonly entry: ExchangeEntry;
}

export function createExchange(deps: ExchangeDependencies): Exchange {
  const steps = createSteps(deps);
  const watchedSteps = timeSteps(steps, deps.observer);
  const stepsOfNext = () => (deps.observer.watchesNext() ? watchedSteps : steps);

  /** Awaits a step only where it gives a promise: what is at hand, as everything is on a cache hit, needs no turn of the event loop. */
  async function run(step: Steps, incoming: Incoming, trail: Trail): Promise<Answer> {
    const proven = step.authenticate(incoming);
    const client = proven instanceof Promise ? await proven : proven;
    trail.client = client;
    const service = step.resolveService(incoming);
    trail.service = service;
    if (service.kind === 'meta') return step.describe(client, service, incoming);
    const parsed = step.parseRequest(service, incoming);
    trail.parsed = parsed;
    const message = step.validateRequest(service, incoming, parsed);
    trail.message = message;
    const right = step.authorise(client, service, message);
    trail.grant = right.grant;
    const charged = step.chargeQuota(right.grant);
    const chargingMs = charged instanceof Promise ? performance.now() : undefined;
    const quota = charged instanceof Promise ? await charged : charged;
    const waitedMs = chargingMs === undefined ? 0 : performance.now() - chargingMs;
    trail.quota = quota;
    step.demandQuota(quota);
    if (right.kind === 'push') return step.acceptForDelivery(right.grant, right.service, message, { incoming, trail });
    const query = right.service;
    const load = async (signal: AbortSignal) => {
      const raw = await step.throughBreaker(query, right.grant, signal, (budget) =>
        step.callRegistry(query, message, budget),
      );
      return step.validateAnswer(query, raw);
    };
    return step.throughCache(right.grant, query, message, load, waitedMs);
  }

  /** Who is not known has no quota. A charge that fails is what the caller is told, and recorded like any other failure. */
  function refusalOf(step: Steps, incoming: Incoming, trail: Trail, problem: Problem): Problem | Promise<Problem> {
    return trail.client === undefined ? problem : step.chargeRefusal(incoming, trail, problem).catch(asProblem);
  }

  /** Bodies that cannot be kept are a refusal, which is recorded like any other. */
  async function seal(step: Steps, incoming: Incoming, trail: Trail, outcome: Outcome): Promise<Kept> {
    // The log may have failed since: bodies without an entry would be kept for nobody.
    step.demandLog();
    try {
      return { outcome, sealed: await step.sealEvidence(incoming, trail, outcome) };
    } catch (error) {
      return { outcome: { problem: asProblem(error) } };
    }
  }

  /** What cannot be written down as it was is a failure, and is written down as one, with what came in. */
  function writeDown(incoming: Incoming, trail: Trail, { outcome, sealed }: Kept): Written {
    try {
      return { outcome, entry: entryOf(deps, incoming, trail, outcome, sealed) };
    } catch (error) {
      const failed = { problem: asProblem(error) };
      const { client } = trail;
      return { outcome: failed, entry: entryOf(deps, incoming, client === undefined ? {} : { client }, failed) };
    }
  }

  async function record(step: Steps, incoming: Incoming, trail: Trail, kept: Kept): Promise<Settled> {
    const { outcome, entry } = writeDown(incoming, trail, kept);
    if ('problem' in outcome && outcome.problem.kind.status >= 500) deps.onFault(outcome.problem, incoming.id);
    const position = await step.record(entry);
    return { outcome, position, trail };
  }

  /** What was accepted may be delivered once its record is durable, and only if that says so. */
  async function settleAcceptance(id: string, recording: Promise<Settled>): Promise<Settled> {
    try {
      const settled = await recording;
      if ('answer' in settled.outcome) deps.deliveries.recorded(id, settled.position);
      else deps.deliveries.forsake(id);
      return settled;
    } catch (error) {
      deps.deliveries.unsettled(id);
      throw error;
    }
  }

  return {
    async exchange(incoming) {
      const step = stepsOfNext();
      step.demandLog();
      const trail: Trail = {};
      let outcome: Outcome;
      try {
        outcome = { answer: await run(step, incoming, trail) };
      } catch (error) {
        outcome = { problem: await refusalOf(step, incoming, trail, asProblem(error)) };
      }
      const recording = isToBeSealed(deps, trail)
        ? seal(step, incoming, trail, outcome).then((kept) => record(step, incoming, trail, kept))
        : record(step, incoming, trail, { outcome });
      // Awaited: a promise that is given back by an async function takes two turns more.
      return await (isNewlyAccepted(outcome) ? settleAcceptance(incoming.id, recording) : recording);
    },
    async refuse(incoming, problem, trail = {}) {
      const step = stepsOfNext();
      const outcome = { problem: await refusalOf(step, incoming, trail, problem) };
      return record(step, incoming, trail, { outcome });
    },
  };
}

function isNewlyAccepted(outcome: Outcome): boolean {
  return 'answer' in outcome && outcome.answer.accepted !== undefined && outcome.answer.accepted.repeats === undefined;
}

function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem('internal-error', 'The gateway failed on this exchange; it is recorded.', { cause: error });
}
