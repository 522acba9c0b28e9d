/** The question goes to the handler of its service, and whatever the handler throws is its registry's trouble. */

import t from 'tap';
import { SourceError } from '../../src/adapter-kit/source-error.ts';
import type { ServiceHandler } from '../../src/adapter-kit/types.ts';
import { createRegistries } from '../../src/catalogue/registries.ts';
import type { Message } from '../../src/exchange/types.ts';
import { shippedService } from '../support/service-fixture.ts';

const service = shippedService('get-person');
const { signal } = new AbortController();
const message = { question: { pin: '1' }, value: { pin: '1', fields: ['sex'] }, exchangeId: 'x' } as unknown as Message;

const withHandler = (handler: ServiceHandler) =>
  createRegistries(
    new Map([
      [
        'population',
        { services: { 'get-person.v1': handler }, check: async () => undefined, close: async () => undefined },
      ],
    ]),
  );

t.test('a handler gets the question without the choice of fields, the signal and the exchange id', async (t) => {
  const registries = withHandler(async (question, call) => ({ question, call }));
  t.same(await registries.call(service, message, signal), {
    question: { pin: '1' },
    call: { signal, exchangeId: 'x' },
  });
});

t.test('a SourceError comes through as it is', async (t) => {
  const error = new SourceError('timeout', 'slow');
  await t.rejects(withHandler(() => Promise.reject(error)).call(service, message, signal), error);
});

for (const [what, thrown] of [
  ['an error', new TypeError('a bug')],
  ['a string', 'a bug'],
  ['nothing', undefined],
] as const) {
  t.test(`${what} that a handler throws, at once or later, is a failure of its registry`, async (t) => {
    const expected = { name: 'SourceError', kind: 'failed', message: 'the adapter population failed' };
    const atOnce: ServiceHandler = () => {
      throw thrown;
    };
    await t.rejects(withHandler(atOnce).call(service, message, signal), expected);
    await t.rejects(withHandler(() => Promise.reject(thrown)).call(service, message, signal), expected);
  });
}

t.test('a service without a handler is a fault of the gateway', async (t) => {
  const registries = withHandler(async () => ({}));
  for (const one of [shippedService('get-household'), shippedService('get-insurance')]) {
    await t.rejects(registries.call(one, message, signal), { name: 'Error', message: /has no handler/ });
  }
});
