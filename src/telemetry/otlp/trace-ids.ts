/** Makes an exchange's id the id of its trace where its caller has none, so that log, reply and trace lead to each other. */

import { type IdGenerator, RandomIdGenerator } from '@opentelemetry/sdk-trace';

export interface TraceIds extends IdGenerator {
  /** The id of the next trace that begins; said right before, in the same turn. */
  expect(exchangeId: string): void;
}

export function createTraceIds(): TraceIds {
  const random = new RandomIdGenerator();
  let expected: string | undefined;
  return {
    expect(exchangeId) {
      expected = exchangeId.replaceAll('-', '');
    },
    generateTraceId() {
      const id = expected ?? random.generateTraceId();
      expected = undefined;
      return id;
    },
    generateSpanId: () => random.generateSpanId(),
  };
}
