/** Gives the pipeline its steps, each bound once to what it needs. */

import { type AcceptForDeliveryDependencies, acceptForDelivery } from './accept-for-delivery.ts';
import { type AuthenticateDependencies, authenticate } from './authenticate.ts';
import { type AuthoriseDependencies, authorise } from './authorise.ts';
import { type CallRegistryDependencies, callRegistry } from './call-registry.ts';
import { type ChargeQuotaDependencies, chargeQuota } from './charge-quota.ts';
import { type ChargeRefusalDependencies, chargeRefusal } from './charge-refusal.ts';
import { type DemandLogDependencies, demandLog } from './demand-log.ts';
import { demandQuota } from './demand-quota.ts';
import { type DescribeDependencies, describe } from './describe.ts';
import { type ParseRequestDependencies, parseRequest } from './parse-request.ts';
import { type RecordDependencies, record } from './record.ts';
import { type ResolveServiceDependencies, resolveService } from './resolve-service.ts';
import { type SealEvidenceDependencies, sealEvidence } from './seal-evidence.ts';
import { type ThroughBreakerDependencies, throughBreaker } from './through-breaker.ts';
import { type ThroughCacheDependencies, throughCache } from './through-cache.ts';
import { validateAnswer } from './validate-answer.ts';
import { validateRequest } from './validate-request.ts';

export type StepDependencies = DemandLogDependencies &
  AuthenticateDependencies &
  ResolveServiceDependencies &
  DescribeDependencies &
  ParseRequestDependencies &
  AuthoriseDependencies &
  ChargeQuotaDependencies &
  ChargeRefusalDependencies &
  ThroughCacheDependencies &
  ThroughBreakerDependencies &
  CallRegistryDependencies &
  AcceptForDeliveryDependencies &
  SealEvidenceDependencies &
  RecordDependencies;

export const createSteps = (deps: StepDependencies) => ({
  demandLog: demandLog(deps),
  authenticate: authenticate(deps),
  resolveService: resolveService(deps),
  describe: describe(deps),
  parseRequest: parseRequest(deps),
  validateRequest,
  authorise: authorise(deps),
  chargeQuota: chargeQuota(deps),
  demandQuota,
  chargeRefusal: chargeRefusal(deps),
  throughCache: throughCache(deps),
  throughBreaker: throughBreaker(deps),
  callRegistry: callRegistry(deps),
  validateAnswer,
  acceptForDelivery: acceptForDelivery(deps),
  sealEvidence: sealEvidence(deps),
  record: record(deps),
});
