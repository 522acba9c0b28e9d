/** The tour: each query once, a refusal for each reason, pushes one by one and as a file, who is told of them, then an auditor's look and the person's own, against the running gateway by plain HTTP. */

import { auditSteps, createAsk, hoa } from './audit-steps.ts';
import { bulkSteps } from './bulk-steps.ts';
import { citizenSteps } from './citizen-steps.ts';
import { eventSteps } from './event-steps.ts';
import { type PushTour, pushSteps } from './push-steps.ts';
import { tourSteps } from './tour-steps.ts';

export interface TourDependencies extends PushTour {
  /** Bearer token of an auditor with every scope. */
  readonly issueAuditor: () => Promise<string>;
  /** Bearer token of a person, by personal number. */
  readonly issueCitizen: (pin: string) => Promise<string>;
  readonly say: (line: string) => void;
}

export interface TourStep {
  readonly title: string;
  readonly client: string;
  /** `owner/subsystem/service` below `VN/GOV`. */
  readonly service: string;
  readonly message: unknown;
  readonly withToken: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  /** 200, or code and X-Road type of the refusal. */
  readonly expected: { readonly status: number; readonly code?: string; readonly xRoadError?: string };
  /** What the answer must hold, by the step's own shape of it, and one line about it for the reader; throws where it does not. */
  readonly read: (answer: never) => string;
}

const requestTimeoutMs = 10_000;

/** True where every step went as it should. The last line is `demo: N steps passed`, or says how many failed. */
export async function runTour(deps: TourDependencies): Promise<boolean> {
  const asAuditor = createAsk(deps.url, deps.issueAuditor);
  const asCitizen = createAsk(deps.url, () => deps.issueCitizen(hoa));
  const steps = [
    ...tourSteps.map((step) => ({ title: step.title, take: () => takeStep(deps, step) })),
    ...[...pushSteps, ...eventSteps, ...bulkSteps].map((step) => ({
      title: step.title,
      take: () => takeNamedStep(deps, step.title, () => step.take(deps)),
    })),
    ...auditSteps.map((step) => ({
      title: step.title,
      take: () => takeNamedStep(deps, step.title, () => step.take(asAuditor)),
    })),
    ...citizenSteps.map((step) => ({
      title: step.title,
      take: () => takeNamedStep(deps, step.title, () => step.take(asCitizen)),
    })),
  ];
  let failed = 0;
  for (const { title, take } of steps) {
    const fault = await take();
    if (fault === undefined) continue;
    failed += 1;
    deps.say(`✘ ${title}: ${fault}`);
  }
  deps.say('');
  deps.say(failed === 0 ? `demo: ${steps.length} steps passed` : `demo: ${failed} of ${steps.length} steps failed`);
  return failed === 0;
}

/** What went wrong, if anything did. */
async function takeStep({ url, issue, say }: TourDependencies, step: TourStep): Promise<string | undefined> {
  const clientId = `VN/GOV/${step.client}`;
  const startedMs = performance.now();
  try {
    const response = await fetch(`${url}/r1/VN/GOV/${step.service}/v1`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-road-client': clientId,
        ...(step.withToken ? { authorization: `Bearer ${await issue(clientId)}` } : {}),
        ...step.headers,
      },
      body: JSON.stringify(step.message),
      signal: AbortSignal.timeout(requestTimeoutMs),
    });
    const answer = (await response.json()) as { readonly code?: string };
    const tookMs = performance.now() - startedMs;
    const fault = compare(step, response, answer);
    if (fault !== undefined) return fault;
    const index = response.headers.get('exchange-log-index');
    say(
      `✔ ${step.title.padEnd(28)} ${step.client} → ${step.read(answer as never)}  (${response.status}, ${tookMs.toFixed(0)} ms, log ${index})`,
    );
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function takeNamedStep(
  deps: TourDependencies,
  title: string,
  take: () => Promise<{ readonly line: string; readonly index: string | null }>,
): Promise<string | undefined> {
  const startedMs = performance.now();
  try {
    const { line, index } = await take();
    const tookMs = performance.now() - startedMs;
    const place = index === null ? '' : `, log ${index}`;
    deps.say(`✔ ${title.padEnd(28)} ${line}  (${tookMs.toFixed(0)} ms${place})`);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function compare(step: TourStep, response: Response, answer: { readonly code?: string }): string | undefined {
  const { status, code, xRoadError } = step.expected;
  if (response.status !== status) return `status ${response.status} instead of ${status}: ${JSON.stringify(answer)}`;
  if (response.headers.get('exchange-log-index') === null) return 'the reply names no log entry';
  if (code !== undefined && answer.code !== code) return `problem ${answer.code} instead of ${code}`;
  const sent = response.headers.get('x-road-error') ?? undefined;
  if (sent !== xRoadError) return `X-Road-Error ${sent} instead of ${xRoadError}`;
  return undefined;
}
