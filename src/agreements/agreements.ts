/** Decides by agreement what a consumer may learn: pure, and as quick with a hundred thousand agreements as with ten. */

import { LRUCache } from 'lru-cache';
import type { Agreements } from '../exchange/ports.ts';
import type {
  Client,
  DataClass,
  Grant,
  Message,
  PushService,
  QueryGrant,
  QueryService,
  Service,
  XRoadId,
} from '../exchange/types.ts';
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
}

export function createAgreements(
  agreements: readonly Agreement[],
  versionsOf: (service: XRoadId) => readonly Service[],
  settings: AgreementSettings,
): Agreements {
  const index = indexAgreements(agreements, versionsOf);
  const filters = new LRUCache<string, Disclose>({ max: settings.fieldFiltersMax });

  function filterFor(service: QueryService, fields: readonly string[]): Disclose {
    const key = `${service.key} ${fields.join(' ')}`;
    const known = filters.get(key);
    if (known !== undefined) return known;
    const filter = compileFieldFilter(service, fields);
    filters.set(key, filter);
    return filter;
  }

  return {
    evaluate(client: Client, service: QueryService, message: Message, nowMs: number): QueryGrant {
      const { agreement, fields: granted } = choose(index, client, service, message, nowMs);
      const fields = narrow(service, granted, message.requestedFields);
      const sensitive = fields.some((path) => service.fields.get(path)?.dataClass === 'sensitive');
      demandSafetyLevel(settings, client, sensitive ? 'sensitive' : 'basic');
      const disclose = filterFor(service, granted);
      return {
        ...grantOf(client, agreement, message),
        fields,
        disclose: message.requestedFields === undefined ? disclose : narrowFieldFilter(disclose, service, fields),
      };
    },
    admit(client: Client, service: PushService, message: Message, nowMs: number): Grant {
      const { agreement } = choose(index, client, service, message, nowMs);
      demandSafetyLevel(settings, client, 'basic');
      return { ...grantOf(client, agreement, message), fields: [] };
    },
    mayCall(client, service, nowMs) {
      if (client.confinedTo !== undefined && !client.confinedTo.has(service.id)) return false;
      return (index.get(`${client.id} ${service.key}`) ?? []).some((prepared) => isInForce(prepared, nowMs));
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
  return {
    agreement,
    ...periodOf(agreement),
    fields: service.kind === 'push' ? [] : grantedFields(agreement, service.fields),
  };
}

function grantOf(client: Client, { id, legalBasis, purposes, quota }: CallAgreement, { purpose }: Message) {
  return {
    consumer: client.id,
    agreementId: id,
    legalBasis,
    purpose: purpose ?? (purposes[0] as string),
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
  const purposes = inForce.flatMap(({ agreement }) => agreement.purposes);
  if (message.purpose === undefined) {
    const [only, ...others] = inForce;
    if (only !== undefined && others.length === 0 && purposes.length === 1) return only;
    throw new Problem('purpose-required', `Exchange-Purpose must be one of: ${purposes.join(', ')}.`);
  }
  const { purpose } = message;
  const chosen = inForce.find(({ agreement }) => agreement.purposes.includes(purpose));
  if (chosen === undefined) {
    throw new Problem('purpose-not-granted', `The agreement grants these purposes: ${purposes.join(', ')}.`);
  }
  return chosen;
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
