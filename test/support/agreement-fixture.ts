/** An agreement with only those terms spelt out that a test is about. */

import type { CallAgreement } from '../../src/agreements/agreement.ts';

export function agreementFixture(changes: Partial<CallAgreement> = {}): CallAgreement {
  return {
    id: 'AGR-1',
    consumer: 'VN/GOV/G22/portal',
    service: 'VN/GOV/G01/population/get-person',
    purposes: ['dossier-prefill'],
    legalBasis: 'Decree 278/2025/ND-CP',
    fields: ['fullName', 'sex'],
    validFrom: '2026-01-01',
    validUntil: '2026-12-31',
    quota: { requestsPerSecond: 100, burst: 100 },
    ...changes,
  };
}
