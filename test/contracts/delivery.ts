/** What every registry that takes deliveries must do: each effect once, whatever happens on the way, and refusals for good. */

import type { Test } from 'tap';
import type {
  AdapterDefinition,
  Delivery,
  DeliveryOutcome,
  DeliveryResult,
  Registry,
} from '../../src/adapter-kit/index.ts';
import { type LoopbackProxy, startLoopbackProxy } from '../support/loopback-proxy.ts';

export interface DeliveryContent<Message = unknown> {
  readonly message: Message;
  readonly results?: Readonly<Record<string, DeliveryResult>>;
}

export interface TypedCase<Message> {
  /** Key of the handler, such as `assign-pin.v1`. */
  readonly delivery: string;
  /** Content that the registry takes; with each call another one, about other people. */
  readonly fresh: () => Promise<DeliveryContent<Message>> | DeliveryContent<Message>;
  /** How often the registry shows the effect of this content, by its own rows: 0 before, 1 after. */
  readonly effects: (content: DeliveryContent<Message>) => Promise<number>;
  /** Content that the registry refuses, with the code of its reason; absent where it takes all that the legs before took. */
  readonly refused?: () => Promise<DeliveryContent<Message>> | DeliveryContent<Message>;
  readonly reason?: string;
}

/** A case whose message is of one shape, among cases of other shapes. */
export interface DeliveryCase {
  readonly delivery: string;
  readonly fresh: () => Promise<CountedContent>;
  readonly refused: (() => Promise<CountedContent>) | undefined;
  readonly reason: string | undefined;
}

interface CountedContent {
  readonly content: DeliveryContent;
  readonly effects: () => Promise<number>;
}

export function deliveryCase<Message>({ delivery, fresh, refused, effects, reason }: TypedCase<Message>): DeliveryCase {
  const counted = (make: typeof fresh) => async () => {
    const content = await make();
    return { content, effects: () => effects(content) };
  };
  return { delivery, fresh: counted(fresh), refused: refused && counted(refused), reason };
}

export interface DeliveriesUnderTest<Settings extends { readonly url: string }> {
  readonly definition: AdapterDefinition<Settings>;
  /** Of a registry that is up and holds the sample people; the suite puts a proxy in between by changing `url`. */
  readonly settings: Settings;
  /** At least one for each delivery of the manifest. */
  readonly cases: readonly DeliveryCase[];
  /** What on the wire makes an effect final, such as one of `commits`; absent where one request is one effect. */
  readonly finalWord?: string;
}

/** As the engines' protocols carry it: a simple query of PostgreSQL, COM_QUERY of MariaDB. */
export const commits = { postgres: 'COMMIT\0', mariadb: '\x03COMMIT' } as const;

export const acceptedAtMs = Date.parse('2026-11-20T09:00:00+07:00');
const patienceMs = 10_000;
const promptlyMs = 500;
const settleMs = 50;

export async function deliveryContract<Settings extends { readonly url: string }>(
  t: Test,
  { definition, settings, cases, finalWord }: DeliveriesUnderTest<Settings>,
): Promise<void> {
  const open = async (t: Test): Promise<{ registry: Registry; proxy: LoopbackProxy }> => {
    const proxy = await startLoopbackProxy(t, settings.url);
    const registry = await definition.open({ ...settings, url: proxy.url });
    t.teardown(() => registry.close());
    // The proxy's tricks are for what is sent next on this connection; it must stand, and be free again.
    await registry.check(AbortSignal.timeout(patienceMs));
    await new Promise((resolve) => setTimeout(resolve, settleMs));
    return { registry, proxy };
  };

  t.test('each delivery of the manifest has one handler, and a case', async (t) => {
    const { registry } = await open(t);
    const keys = [...(definition.manifest.deliveries ?? [])].sort();
    t.same(Object.keys(registry.deliveries ?? {}).sort(), keys);
    t.same([...new Set(cases.map(({ delivery }) => delivery))].sort(), keys);
  });

  for (const each of cases) {
    t.test(`${each.delivery}: given twice it takes effect once, with one outcome`, async (t) => {
      const { registry } = await open(t);
      const { content, effects } = await each.fresh();
      t.equal(await effects(), 0, 'not there before');
      const delivery = deliveryOf(each, content);
      const outcome = await give(registry, delivery);
      t.match(outcome, { outcome: 'done' });
      t.strictSame(JSON.parse(JSON.stringify(outcome)), outcome, 'nothing is lost as JSON');
      t.strictSame(await give(registry, delivery), outcome);
      t.equal(await effects(), 1);
    });

    t.test(`${each.delivery}: given twenty times at once it takes effect once, with one outcome`, async (t) => {
      const { registry } = await open(t);
      const { content, effects } = await each.fresh();
      const delivery = deliveryOf(each, content);
      const outcomes = await Promise.all(Array.from({ length: 20 }, () => give(registry, delivery)));
      t.match(outcomes[0], { outcome: 'done' });
      for (const outcome of outcomes) t.strictSame(outcome, outcomes[0]);
      t.equal(await effects(), 1);
    });

    t.test(`${each.delivery}: an acknowledgement that is lost is given again`, async (t) => {
      const { registry, proxy } = await open(t);
      const { content, effects } = await each.fresh();
      const delivery = deliveryOf(each, content);
      proxy.loseAnswerTo(finalWord);
      await t.rejects(give(registry, delivery), { name: 'SourceError' });
      t.equal(await effects(), 1, 'the effect is there');
      t.match(await give(registry, delivery), { outcome: 'done' });
      t.equal(await effects(), 1, 'once');
    });

    t.test(`${each.delivery}: aborted in the middle it leaves nothing, and can be given again`, async (t) => {
      const { registry, proxy } = await open(t);
      const { content, effects } = await each.fresh();
      const delivery = deliveryOf(each, content);
      const held = proxy.holdBack(finalWord);
      const given = new AbortController();
      const giving = give(registry, delivery, given.signal);
      giving.catch(() => {});
      await held;
      const startedMs = Date.now();
      given.abort(new Error('the time is up'));
      await t.rejects(giving, { name: 'SourceError' });
      t.ok(Date.now() - startedMs < promptlyMs, 'the caller is free at once');
      await t.rejects(give(registry, delivery, AbortSignal.abort()), { name: 'SourceError' }, 'before the start');
      t.equal(await effects(), 0);
      t.match(await give(registry, delivery), { outcome: 'done' });
      t.equal(await effects(), 1);
    });

    t.test(`${each.delivery}: a registry that is cut off has taken nothing, and is found again`, async (t) => {
      const { registry, proxy } = await open(t);
      const { content, effects } = await each.fresh();
      const delivery = deliveryOf(each, content);
      const held = proxy.holdBack(finalWord);
      const giving = give(registry, delivery);
      giving.catch(() => {});
      await held;
      await proxy.down();
      await t.rejects(giving, { name: 'SourceError', kind: 'unavailable' });
      await t.rejects(give(registry, delivery), { name: 'SourceError', kind: 'unavailable' });
      await proxy.up();
      t.equal(await effects(), 0);
      t.match(await give(registry, delivery), { outcome: 'done' });
      t.equal(await effects(), 1);
    });

    const { refused: refusable, reason } = each;
    if (refusable === undefined) continue;
    t.test(`${each.delivery}: a refusal says why, stays one, and changes nothing`, async (t) => {
      const { registry } = await open(t);
      const { content, effects } = await refusable();
      const before = await effects();
      const delivery = deliveryOf(each, content);
      const refused = { outcome: 'refused', reason: { code: reason, en: /\S/, vi: /\S/ } };
      const outcome = await give(registry, delivery);
      t.match(outcome, refused);
      t.strictSame(await give(registry, delivery), outcome, 'given again');
      t.match(await give(registry, deliveryOf(each, content)), refused, 'sent anew');
      t.match(await give(registry, { ...delivery, round: 1 }), refused, 'decided anew');
      t.strictSame(await give(registry, delivery), outcome, 'given again, late');
      t.equal(await effects(), before);
    });
  }
}

/** An exchange of its own with each call. */
export function deliveryOf({ delivery: leg }: Pick<DeliveryCase, 'delivery'>, content: DeliveryContent): Delivery {
  const { message, results = {} } = content;
  return {
    exchangeId: crypto.randomUUID(),
    leg,
    round: 0,
    message,
    sender: 'VN/GOV/H26/one-stop',
    acceptedAtMs,
    results,
  };
}

export async function give(
  { deliveries = {} }: Registry,
  delivery: Delivery,
  signal = AbortSignal.timeout(patienceMs),
): Promise<DeliveryOutcome> {
  const handler = deliveries[delivery.leg];
  if (handler === undefined) throw new Error(`there is no delivery ${delivery.leg}`);
  return handler(delivery, { signal });
}
