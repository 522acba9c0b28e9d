/** An entry of the exchange log with only those members spelt out that a test is about. */

import type { ExchangeEntry } from '../../src/exchange/entries.ts';

export function entryFixture(changes: Partial<ExchangeEntry> = {}): ExchangeEntry {
  return {
    agreement: undefined,
    answer: undefined,
    claimedConsumer: undefined,
    consumer: 'VN/GOV/G22/portal',
    durationMs: 3,
    fields: undefined,
    id: '01981f2e-7c00-7000-8000-000000000000',
    issue: undefined,
    kind: 'query',
    legalBasis: undefined,
    message: 'm',
    official: undefined,
    problem: undefined,
    purpose: undefined,
    registryMs: undefined,
    representedParty: undefined,
    request: { bytes: 0, digest: 'hmac-sha-256=:AA==:' },
    service: undefined,
    source: undefined,
    status: 200,
    subject: undefined,
    subjectNumber: undefined,
    time: '2026-03-02T02:00:00.000Z',
    version: undefined,
    ...changes,
  };
}
