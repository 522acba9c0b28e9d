/** A gateway whose only registry fails on demand; quick to start, for no database is needed. */

import path from 'node:path';
import { type GatewaySetup, projectRoot, startGateway, type TestGateway } from './gateway.ts';
import type { Teardown } from './servers.ts';

export const askService = 'G18/troubles/ask';
export const fragileService = 'G18/troubles/ask-fragile';
export const brokenService = 'G18/troubles/ask-broken';

const agreement = (id: string, consumer: string, changes: object = {}) => ({
  id,
  consumer: `VN/GOV/${consumer}`,
  service: `VN/GOV/${askService}`,
  purposes: ['test'],
  legalBasis: 'Test decree',
  fields: ['name', 'times'],
  validFrom: '2020-01-01',
  validUntil: '2999-12-31',
  quota: { requestsPerSecond: 10000, burst: 10000 },
  ...changes,
});

/** Consumers by what their agreement is like. */
export const troubledAgreements = [
  agreement('plain', 'G07/social-protection'),
  agreement('several-purposes', 'G15/civil-status', { purposes: ['first', 'second'] }),
  agreement('ended', 'G12/tax', { validFrom: '2020-01-01', validUntil: '2020-12-31' }),
  agreement('small-quota', 'G09/civil-servants', { quota: { requestsPerSecond: 0.001, burst: 1 } }),
  agreement('low-safety', 'H38.102/one-stop'),
  agreement('sensitive-for-level-2', 'H26.101/one-stop', { fields: ['name', 'secret'] }),
  agreement('legacy', 'G22/legacy-client'),
  agreement('fragile', 'G07/social-protection', { service: `VN/GOV/${fragileService}` }),
  agreement('broken', 'G07/social-protection', { service: `VN/GOV/${brokenService}` }),
];

export const troubledSetup: GatewaySetup = {
  registries: [{ adapter: path.join(projectRoot, 'test/fixtures/troubled-registry'), source: {} }],
  agreements: troubledAgreements,
};

export const startTroubledGateway = (t: Teardown, setup: GatewaySetup = {}): Promise<TestGateway> =>
  startGateway(t, { ...troubledSetup, ...setup });
