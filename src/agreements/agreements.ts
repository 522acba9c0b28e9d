/** Decides by agreement what a consumer may learn: pure, and as quick with a hundred thousand agreements as with ten. */

import { LRUCache } from 'lru-cache';
import type { Agreements } from '../exchange/ports.ts';
import type { DataClass, PushService, QueryService, Service } from '../exchange/services.ts';
import type { Client, Grant, Message, QueryGrant, XRoadId } from '../exchange/types.ts';
import { Problem } from '../problems.ts';
import { type Agreement, type CallAgreement, fieldsUnder, grantedFields, periodOf } from './agreement.ts';
import { compileFieldFilter, type Disclose, narrowFieldFilter } from './field-filter.ts';

export interface AgreementSettings {
  /** Compiled field filters kept. */
  readonly fieldFiltersMax: number;
  /** Lowest safety level (Decree 85/2016) of a system that may receive data of the class. */
  readonly safetyLevelMin: Readonly<Record<DataClass, number>>;
}

/** An agreement made ready for one version of its service. */
interface Prepared {
  readonly agreement: CallAgreement;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly fields: readonly string[];
  /** Of the fields, the highest. */
  readonly dataClass: DataClass;
  /** Names the service and the fields: under it their filter is kept. */
  readonly filterKey: string;
}

export function createAgreements(
  agreements: readonly Agreement[],
  versionsOf: (service: XRoadId) => readonly Service[],
  settings: AgreementSettings,
): Agreements {
  const index = indexAgreements(agreements, versionsOf);
  const filters = new LRUCache<string, Disclose>({ max: settings.fieldFiltersMax });

  function filterFor(service: QueryService, { filterKey, fields }: Prepared): Disclose {
    const known = filters.get(filterKey);
    if (known !== undefined) return known;
    const filter = compileFieldFilter(service, fields);
    filters.set(filterKey, filter);
    return filter;
  }

  return {
    evaluate(client: Client, service: QueryService, message: Message, nowMs: number): QueryGrant {
      const prepared = choose(index, client, service, message, nowMs);
      const { requestedFields } = message;
      if (requestedFields === undefined) {
        demandSafetyLevel(settings, client, prepared.dataClass);
        return { ...grantOf(client, prepared, message, prepared.fields), disclose: filterFor(service, prepared) };
      }
      const fields = narrow(service, prepared.fields, requestedFields);
      demandSafetyLevel(settings, client, dataClassOf(service, fields));
      const disclose = narrowFieldFilter(filterFor(service, prepared), service, fields);
      return { ...grantOf(client, prepared, message, fields), disclose };
    },
    admit(client: Client, service: PushService, message: Message, nowMs: number): Grant {
      const prepared = choose(index, client, service, message, nowMs);
      demandSafetyLevel(settings, client, 'basic');
      return grantOf(client, prepared, message, []);
    },
    mayCall(client, service, nowMs) {
      if (client.confinedTo !== undefined && !client.confinedTo.has(service.id)) return false;
      return (index.get(`${client.id} ${service.key}`) ?? []).some((prepared) => isInForce(prepared, nowMs));
    },
    chargedFor(client, service, purpose, nowMs) {
      if (client.confinedTo !== undefined && !client.confinedTo.has(service.id)) return undefined;
      const inForce = (index.get(`${client.id} ${service.key}`) ?? []).filter((prepared) => isInForce(prepared, nowMs));
      const named = inForce.find(({ agreement }) => purpose !== undefined && agreement.purposes.includes(purpose));
      const chosen = named ?? inForce[0];
      return chosen && grantOf(client, chosen, { purpose }, []);
    },
  };
}

function indexAgreements(
  agreements: readonly Agreement[],
  versionsOf: (service: XRoadId) => readonly Service[],
): Map<string, Prepared[]> {
  const index = new Map<string, Prepared[]>();
  for (const agreement of agreements) {
    if (agreement.event !== undefined) continue;
    for (const service of versionsOf(agreement.service)) {
      const key = `${agreement.consumer} ${service.key}`;
      const prepared = index.get(key) ?? [];
      prepared.push(prepare(agreement, service));
      index.set(key, prepared);
    }
  }
  return index;
}

function prepare(agreement: CallAgreement, service: Service): Prepared {
  const fields = service.kind === 'push' ? [] : grantedFields(agreement, service.fields);
  return {
    agreement,
    ...periodOf(agreement),
    fields,
    dataClass: service.kind === 'push' ? 'basic' : dataClassOf(service, fields),
    filterKey: `${service.key} ${fields.join(' ')}`,
  };
}

function dataClassOf(service: QueryService, fields: readonly string[]): DataClass {
  return fields.some((path) => service.fields.get(path)?.dataClass === 'sensitive') ? 'sensitive' : 'basic';
}

function grantOf(
  client: Client,
  { agreement }: Prepared,
  { purpose }: Pick<Message, 'purpose'>,
  fields: readonly string[],
): Grant {
  const { id, legalBasis, purposes, quota, priority = 'interactive' } = agreement;
  return {
    consumer: client.id,
    priority,
    agreementId: id,
    legalBasis,
    purpose: purpose ?? (purposes[0] as string),
    fields,
    quota,
  };
}

function choose(
  index: ReadonlyMap<string, readonly Prepared[]>,
  client: Client,
  service: Service,
  message: Message,
  nowMs: number,
): Prepared {
  const all = index.get(`${client.id} ${service.key}`);
  if (all === undefined) {
    throw new Problem('agreement-missing', `${client.id} has no agreement for ${service.key}.`);
  }
  const inForce = all.filter((prepared) => isInForce(prepared, nowMs));
  if (inForce.length === 0) {
    const periods = all.map(({ agreement }) => `${agreement.id}: ${agreement.validFrom} to ${agreement.validUntil}`);
    throw new Problem('agreement-not-in-force', `Not in force today: ${periods.join('; ')}.`);
  }
  const { purpose } = message;
  const [only] = inForce;
  const chosen =
    purpose !== undefined
      ? inForce.find(({ agreement }) => agreement.purposes.includes(purpose))
      : inForce.length === 1 && only?.agreement.purposes.length === 1
        ? only
        : undefined;
  if (chosen !== undefined) return chosen;
  const purposes = inForce.flatMap(({ agreement }) => agreement.purposes).join(', ');
  throw purpose === undefined
    ? new Problem('purpose-required', `Exchange-Purpose must be one of: ${purposes}.`)
    : new Problem('purpose-not-granted', `The agreement grants these purposes: ${purposes}.`);
}

function isInForce({ fromMs, untilMs }: Prepared, nowMs: number): boolean {
  return fromMs <= nowMs && nowMs < untilMs;
}

function narrow(
  service: QueryService,
  granted: readonly string[],
  requested: readonly string[] | undefined,
): readonly string[] {
  if (requested === undefined) return granted;
  const wanted = [...new Set(requested.flatMap((path) => fieldsUnder(service.fields, path)))].sort();
  const missing = wanted.filter((path) => !granted.includes(path));
  if (missing.length > 0) {
    throw new Problem('field-not-granted', `The agreement does not grant: ${missing.join(', ')}.`);
  }
  return wanted;
}

function demandSafetyLevel(settings: AgreementSettings, client: Client, dataClass: DataClass): void {
  const needed = settings.safetyLevelMin[dataClass];
  if (client.safetyLevel >= needed) return;
  throw new Problem(
    'safety-level-too-low',
    `${client.id} has safety level ${client.safetyLevel}; ${dataClass} personal data needs ${needed} or more.`,
  );
}
