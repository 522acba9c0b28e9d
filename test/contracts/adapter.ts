/** What every adapter must do, shipped or not, over its real registry: answer by its schemas and fail in known ways only. */

import type { Test } from 'tap';
import { handlerKey } from '../../src/adapter-kit/define-adapter.ts';
import type { AdapterDefinition, Registry } from '../../src/adapter-kit/index.ts';
import { createValidation } from '../../src/validation/index.ts';
import { type LoopbackProxy, startLoopbackProxy } from '../support/loopback-proxy.ts';
import { messageSchemas } from '../support/message-schemas.ts';

export interface AdapterCase {
  /** Key of the handler, such as `get-person.v1`. */
  readonly service: string;
  readonly title: string;
  readonly message: Readonly<Record<string, unknown>>;
  /** The whole answer, if given; else `found` alone is looked at. */
  readonly answer?: Readonly<Record<string, unknown>>;
  readonly found: boolean;
}

export interface AdapterUnderTest<Settings extends { readonly url: string }> {
  readonly definition: AdapterDefinition<Settings>;
  /** Of a registry that is up and holds the sample people; the suite puts a proxy in between by changing `url`. */
  readonly settings: Settings;
  /** For each service at least one that is found and one that is not. */
  readonly cases: readonly AdapterCase[];
  /** Folders with the adapter's own messages, beside the shipped ones. */
  readonly schemaFolders?: readonly string[];
}

const patienceMs = 10_000;
/** Within which an abort must have freed its caller. */
const promptlyMs = 500;
const exchangeId = '01981f2e-7c00-7000-8000-000000000000';

export async function adapterContract<Settings extends { readonly url: string }>(
  t: Test,
  { definition, settings, cases, schemaFolders = [] }: AdapterUnderTest<Settings>,
): Promise<void> {
  const { manifest } = definition;
  const queries = manifest.services.filter(({ kind }) => kind === 'query');
  const schemas = messageSchemas({ folders: schemaFolders });
  const open = async (t: Test): Promise<{ registry: Registry; proxy: LoopbackProxy }> => {
    const proxy = await startLoopbackProxy(t, settings.url);
    const registry = await definition.open({ ...settings, url: proxy.url });
    t.teardown(() => registry.close());
    return { registry, proxy };
  };

  t.test('the settings keep to their schema, and empty ones do not', async (t) => {
    const validation = createValidation({ samplePins: true, errorsMax: 20 });
    validation.add('settings', definition.settingsSchema);
    const violations = validation.compile('settings');
    t.same(violations(settings), []);
    t.not(violations({}).length, 0);
  });

  t.test('each query has one handler, and its cases', async (t) => {
    const { registry } = await open(t);
    const keys = queries.map(handlerKey);
    t.same(Object.keys(registry.services).sort(), [...keys].sort());
    for (const key of keys) {
      const own = cases.filter(({ service }) => service === key);
      t.same(new Set(own.map(({ found }) => found)), new Set([true, false]), `${key}: found and not found`);
    }
  });

  for (const service of queries) {
    const key = handlerKey(service);
    const path = `schemas/${service.subsystem}/${service.code}.${service.version}`;
    t.test(`${key} answers as its schema says`, async (t) => {
      const { registry } = await open(t);
      const requestViolations = schemas.compile(`${path}.request.json`);
      const responseViolations = schemas.compile(`${path}.response.json`);
      for (const each of cases.filter((each) => each.service === key)) {
        t.same(requestViolations(each.message), [], `${each.title}: the question is a valid one`);
        const answer = await ask(registry, each);
        t.same(responseViolations(answer), [], each.title);
        t.match(answer, { found: each.found }, each.title);
        t.strictSame(JSON.parse(JSON.stringify(answer)), answer, `${each.title}: nothing is lost as JSON`);
        if (each.answer !== undefined) t.strictSame(answer, each.answer, each.title);
      }
    });
  }

  t.test('many questions at once get the answers that each gets alone', async (t) => {
    const { registry } = await open(t);
    const alone: unknown[] = [];
    for (const each of cases) alone.push(await ask(registry, each));
    const many = Array.from({ length: manifest.concurrencyMax }, (_, index) => index % cases.length);
    const together = await Promise.all(many.map((index) => ask(registry, at(cases, index))));
    t.strictSame(
      together,
      many.map((index) => alone[index]),
    );
  });

  t.test('it says how many calls its source carries, and these take no more connections', async (t) => {
    const { registry, proxy } = await open(t);
    const callsMax = definition.callsMax?.(settings) ?? Number.NaN;
    t.ok(Number.isInteger(callsMax) && callsMax > 0, `${callsMax}`);
    await Promise.all(Array.from({ length: callsMax }, (_, index) => ask(registry, at(cases, index % cases.length))));
    t.ok(proxy.connections() <= callsMax, `${proxy.connections()} connections for ${callsMax} calls`);
  });

  t.test('check tells whether the registry is there', async (t) => {
    const { registry, proxy } = await open(t);
    await registry.check(AbortSignal.timeout(patienceMs));
    await proxy.down();
    await t.rejects(registry.check(AbortSignal.timeout(patienceMs)), { name: 'SourceError', kind: 'unavailable' });
  });

  t.test('a registry that is down is unavailable, and is found again', async (t) => {
    const { registry, proxy } = await open(t);
    for (const each of cases) await ask(registry, each);
    await proxy.down();
    for (const each of cases)
      await t.rejects(ask(registry, each), { name: 'SourceError', kind: 'unavailable' }, each.title);
    await proxy.up();
    for (const each of cases) t.match(await ask(registry, each), { found: each.found }, each.title);
  });

  t.test('opening does not wait for the registry', async (t) => {
    const proxy = await startLoopbackProxy(t, settings.url);
    await proxy.down();
    const registry = await definition.open({ ...settings, url: proxy.url });
    await t.rejects(registry.check(AbortSignal.timeout(patienceMs)), { name: 'SourceError' });
    await registry.close();
  });

  t.test('an abort frees its caller at once, and its connection after it', async (t) => {
    const { registry, proxy } = await open(t);
    await ask(registry, at(cases, 0));
    proxy.freeze();
    for (const each of cases) {
      const abandoned = new AbortController();
      const asked = ask(registry, each, abandoned.signal);
      asked.catch(() => {});
      await pause(20);
      const startedMs = Date.now();
      abandoned.abort(new Error('the caller has gone'));
      await t.rejects(asked, { name: 'SourceError' }, each.title);
      t.ok(Date.now() - startedMs < promptlyMs, `${each.title}: at once`);
      await t.rejects(
        ask(registry, each, AbortSignal.abort()),
        { name: 'SourceError' },
        `${each.title}: before the start`,
      );
    }
    proxy.thaw();
    await eventually(() => registry.check(AbortSignal.timeout(patienceMs)));
    const all = Array.from({ length: manifest.concurrencyMax }, (_, index) => at(cases, index % cases.length));
    const answers = await Promise.all(all.map((each) => ask(registry, each)));
    t.equal(answers.length, all.length, 'every connection can be used again');
  });

  t.test('close leaves no connection open and answers nothing more', async (t) => {
    const { registry, proxy } = await open(t);
    await Promise.all(cases.map((each) => ask(registry, each)));
    t.ok(proxy.connections() > 0);
    await Promise.all([registry.close(), registry.close()]);
    await eventually(async () => {
      if (proxy.connections() > 0) throw new Error(`${proxy.connections()} connections are still open`);
    });
    for (const each of cases) await t.rejects(ask(registry, each), { name: 'SourceError' }, each.title);
  });
}

function ask(registry: Registry, { service, message }: AdapterCase, signal = AbortSignal.timeout(patienceMs)) {
  const handler = registry.services[service];
  if (handler === undefined) throw new Error(`there is no handler ${service}`);
  return handler(message as never, { signal, exchangeId });
}

function at<T>(list: readonly T[], index: number): T {
  const value = list[index];
  if (value === undefined) throw new RangeError('the suite needs cases');
  return value;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function eventually(attempt: () => Promise<void>): Promise<void> {
  const deadlineMs = Date.now() + patienceMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadlineMs) throw error;
      await pause(50);
    }
  }
}
