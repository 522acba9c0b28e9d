/** One registry's trouble stays its own, whatever it is: the others are answered, nothing wrong is told, its circuit opens, and it is found again without a restart. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import { httpSource } from '../../src/adapter-kit/index.ts';
import { asked } from '../chaos/agreements.ts';
import { askPlace, circuitsOf } from '../chaos/ask-place.ts';
import { createChaosPlace } from '../chaos/place.ts';
import { prepareQuestions, type Question } from '../chaos/questions.ts';
import { eventually } from '../support/eventually.ts';
import { createRandom } from '../support/random-fixture.ts';
import { type SickFront, type Sickness, startSickFront } from './sick-front.ts';

t.setTimeout(300_000);

type Registry = Question['registry'];

const fronts = new Map<string, SickFront>();
const folder = await mkdtemp(path.join(tmpdir(), 'lienthong-faults-'));
t.teardown(() => rm(folder, { recursive: true, force: true }));
const place = await createChaosPlace(t, {
  folder,
  quick: true,
  async through(url, registry) {
    const front = await startSickFront(t, url);
    fronts.set(registry, front);
    return front.url;
  },
});
const simulator = httpSource(place.sources.judicial);
t.teardown(() => simulator.close());
const questions = await prepareQuestions(place);
await place.gateway.start();
const random = createRandom(1);
for (const { registry } of asked) for (let call = 0; call < 5; call += 1) await ask(registry);

/** Calls that the sick registry gets at once: enough to open its circuit. */
const callsAtOnce = 12;

interface Fault {
  readonly registry: Registry;
  readonly name: string;
  fall(): Promise<unknown>;
  mend(): Promise<unknown>;
  /** Of one answer at least; all others say that the registry is in trouble, too. */
  readonly code: RegExp;
  /** A registry that answers, however badly, is alive. */
  readonly opens: boolean;
  readonly hangs: boolean;
}

const sicknesses: Readonly<Record<Sickness, Pick<Fault, 'code' | 'hangs'>>> = {
  refuses: { code: /^registry-unavailable$/, hangs: false },
  resets: { code: /^registry-(unavailable|answer-invalid)$/, hangs: false },
  // What a database's protocol reads as the start of something long is waited for.
  garbage: { code: /^registry-(unavailable|answer-invalid|failed|timeout)$/, hangs: false },
  silent: { code: /^registry-(timeout|unavailable)$/, hangs: true },
  slow: { code: /^registry-(timeout|unavailable)$/, hangs: true },
};

const onTheWay = (['population', 'social-affairs', 'judicial'] as const).flatMap((registry) =>
  Object.entries(sicknesses).map(([sickness, expected]): Fault => {
    const front = () => fronts.get(registry) as SickFront;
    const fall = () => front().fall(sickness as Sickness);
    return { registry, name: `connections: ${sickness}`, fall, mend: () => front().mend(), opens: true, ...expected };
  }),
);

const behaviours: Readonly<Record<string, Pick<Fault, 'code' | 'hangs' | 'opens'>>> = {
  'error-500': { code: /^registry-failed$/, opens: true, hangs: false },
  garbage: { code: /^registry-answer-invalid$/, opens: false, hangs: false },
  cut: { code: /^registry-answer-invalid$/, opens: false, hangs: false },
  silent: { code: /^registry-timeout$/, opens: true, hangs: true },
};

const behave = (mode: string) =>
  simulator.request({ method: 'PUT', path: '/simulator', body: { mode }, signal: AbortSignal.timeout(5000) });

const inAnswers = Object.entries(behaviours).map(([mode, expected]): Fault => {
  return {
    registry: 'judicial',
    name: `answers: ${mode}`,
    fall: () => behave(mode),
    mend: () => behave('normal'),
    ...expected,
  };
});

for (const fault of [...onTheWay, ...inAnswers]) {
  t.test(`${fault.registry}, ${fault.name}`, async (t) => {
    const others = asked.map(({ registry }) => registry).filter((registry) => registry !== fault.registry);
    await fault.fall();
    const [sick, well] = await Promise.all([
      Promise.all(Array.from({ length: callsAtOnce }, () => ask(fault.registry))),
      Promise.all([...others, ...others, ...others].map(ask)),
    ]);
    for (const { status, outcome, wrong } of well) t.same([status, outcome, wrong], [200, 'ok', undefined]);
    for (const { status, outcome, wrong } of sick) {
      t.equal(wrong, undefined);
      // Busy: what was given up keeps its place until the registry has let go of it.
      t.match(outcome, /^(registry-(unavailable|timeout|failed|answer-invalid|busy)|circuit-open|ok)$/, `${status}`);
    }
    t.ok(
      sick.some(({ outcome }) => fault.code.test(outcome)),
      sick.map(({ outcome }) => outcome).join(' '),
    );
    if (fault.hangs) t.ok(median(well) < median(sick), `${median(well)} ms, ${median(sick)} ms`);
    if (fault.opens) {
      await eventually(async () => {
        if ((await circuits(fault.registry)).some((state) => state !== 'closed')) return true;
        // Good answers to those before may still outweigh the bad ones.
        await Promise.all(Array.from({ length: callsAtOnce }, () => ask(fault.registry)));
        return false;
      });
    } else if (sick.every(({ outcome }) => fault.code.test(outcome))) {
      t.ok((await circuits(fault.registry)).every((state) => state === 'closed'));
    }

    await fault.mend();
    await eventually(async () => {
      const replies = await Promise.all(Array.from({ length: 4 }, () => ask(fault.registry)));
      t.ok(replies.every(({ wrong }) => wrong === undefined));
      const states = await circuits(fault.registry);
      return replies.every(({ status }) => status === 200) && states.every((state) => state === 'closed');
    });
  });
}

/** A question whose answer is not kept. */
function ask(registry: Registry) {
  return askPlace(place, questions.fresh(registry, random));
}

const circuits = (registry: Registry) => circuitsOf(place, registry);

function median(replies: readonly { readonly ms: number }[]): number {
  const sorted = replies.map(({ ms }) => ms).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
