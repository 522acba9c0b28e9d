/** An agreement as the operator writes it, and the rules that no schema can state. */

import type { Field, PushService, QueryService, Service } from '../exchange/services.ts';
import type { Priority, QuotaPolicy, XRoadId } from '../exchange/types.ts';

export type Agreement = CallAgreement | EventAgreement;

/** The consumer may call the service. */
export interface CallAgreement extends AgreementTerms {
  readonly event?: undefined;
  readonly quota: QuotaPolicy;
  /** `interactive` where absent: somebody waits for the answer. */
  readonly priority?: Priority;
}

/** The consumer is told of the push's event. */
export interface EventAgreement extends AgreementTerms {
  readonly event: string;
  readonly quota?: undefined;
  readonly priority?: undefined;
}

interface AgreementTerms {
  readonly id: string;
  readonly consumer: XRoadId;
  readonly service: XRoadId;
  readonly purposes: readonly string[];
  readonly legalBasis: string;
  /** Field paths, or paths that hold fields (all below them are granted); `basic` is every field of class basic; none for a push. */
  readonly fields: readonly string[] | 'basic';
  /** First day, `YYYY-MM-DD` in Viet Nam (UTC+07:00). */
  readonly validFrom: string;
  /** Last day, inclusive. */
  readonly validUntil: string;
}

/** What is wrong with one agreement; `pointer` is a JSON pointer into its file. */
export interface AgreementFault {
  readonly agreement: Agreement;
  readonly pointer: string;
  readonly message: string;
  /** The one that it does not go together with. */
  readonly other?: Agreement;
}

export interface AgreementSurroundings {
  readonly isRegistered: (consumer: XRoadId) => boolean;
  /** Every version of a service. */
  readonly versionsOf: (service: XRoadId) => readonly Service[];
}

/** Checks references, fields, dates and overlaps; all faults at once. */
export function checkAgreements(agreements: readonly Agreement[], around: AgreementSurroundings): AgreementFault[] {
  return [
    ...agreements.flatMap((agreement) => checkOne(agreement, around)),
    ...checkIds(agreements),
    ...checkOverlaps(agreements),
  ];
}

function checkOne(agreement: Agreement, { isRegistered, versionsOf }: AgreementSurroundings): AgreementFault[] {
  const faults: AgreementFault[] = [];
  const fault = (pointer: string, message: string) => faults.push({ agreement, pointer, message });
  if (!isRegistered(agreement.consumer)) fault('/consumer', `${agreement.consumer} is not a subsystem of members.yaml`);
  if (agreement.validUntil < agreement.validFrom) fault('/validUntil', 'lies before validFrom');
  const versions = versionsOf(agreement.service);
  if (versions.length === 0) fault('/service', `no registry offers ${agreement.service}`);
  if (versions.length > 0 && agreement.event !== undefined) checkEvent(agreement, versions, fault);
  else if (versions.length > 0) checkFields(agreement, versions, fault);
  return faults;
}

function checkFields(
  { service, fields }: Agreement,
  versions: readonly Service[],
  fault: (pointer: string, message: string) => void,
): void {
  const queries = versions.filter(({ kind }) => kind === 'query') as readonly QueryService[];
  if (queries.length === 0) {
    if (fields.length > 0) fault('/fields', `${service} is a push, which discloses nothing: fields must be []`);
    return;
  }
  if (fields === 'basic') return;
  if (fields.length === 0) fault('/fields', `${service} is a query: at least one field must be granted`);
  for (const [index, path] of fields.entries()) {
    if (queries.some((query) => fieldsUnder(query.fields, path).length > 0)) continue;
    const known = queries.flatMap((query) => [...query.fields.keys()]).join(', ');
    fault(`/fields/${index}`, `${service} has no field ${path}; it has ${known}`);
  }
}

function checkEvent(
  { service, event, purposes, fields }: EventAgreement,
  versions: readonly Service[],
  fault: (pointer: string, message: string) => void,
): void {
  const pushes = versions.filter((version): version is PushService => version.kind === 'push');
  if (!pushes.some((push) => push.event === event)) {
    const known = [...new Set(pushes.map((push) => push.event))].join(', ');
    fault('/event', `${service} announces no ${event}${known === '' ? ': it is a query' : `; it announces ${known}`}`);
    return;
  }
  if (purposes.length > 1) fault('/purposes', 'nobody chooses among purposes when told of an event: name one');
  if (fields === 'basic') return;
  if (fields.length === 0) fault('/fields', 'at least one field of the event must be granted');
  for (const [index, path] of fields.entries()) {
    if (pushes.some(({ announced }) => fieldsUnder(announced, path).length > 0)) continue;
    const known = pushes.flatMap(({ announced }) => [...announced.keys()]).join(', ');
    fault(`/fields/${index}`, `${event} has no field ${path}; it has ${known}`);
  }
}

function checkIds(agreements: readonly Agreement[]): AgreementFault[] {
  const seen = new Map<string, Agreement>();
  return agreements.flatMap((agreement) => {
    const other = seen.get(agreement.id);
    if (other !== undefined) {
      return [{ agreement, pointer: '/id', message: `another agreement has the id ${agreement.id}`, other }];
    }
    seen.set(agreement.id, agreement);
    return [];
  });
}

/** Two agreements that could both answer one exchange would leave open which fields it gets. */
function checkOverlaps(agreements: readonly Agreement[]): AgreementFault[] {
  const byPurpose = new Map<string, Agreement[]>();
  const faults: AgreementFault[] = [];
  for (const agreement of agreements) {
    // Of an event, nobody names a purpose: two agreements about it never go together.
    for (const purpose of agreement.event === undefined ? agreement.purposes : [agreement.event]) {
      const about = agreement.event === undefined ? 'call' : 'event';
      const key = `${about} ${agreement.consumer} ${agreement.service} ${purpose}`;
      const others = byPurpose.get(key) ?? [];
      const other = others.find(
        (one) => one.validFrom <= agreement.validUntil && agreement.validFrom <= one.validUntil,
      );
      if (other !== undefined) {
        faults.push({
          agreement,
          pointer: agreement.event === undefined ? '/purposes' : '/event',
          message: `${purpose} is granted by ${other.id} on the same days`,
          other,
        });
      }
      byPurpose.set(key, [...others, agreement]);
    }
  }
  return faults;
}

/** Every field that the agreement grants, sorted. */
export function grantedFields({ fields }: Pick<Agreement, 'fields'>, known: ReadonlyMap<string, Field>): string[] {
  const paths =
    fields === 'basic'
      ? [...known.values()].filter(({ dataClass }) => dataClass === 'basic').map(({ path }) => path)
      : fields.flatMap((path) => fieldsUnder(known, path));
  return [...new Set(paths)].sort();
}

/** Unix milliseconds: inclusive, exclusive. */
export function periodOf({ validFrom, validUntil }: Pick<Agreement, 'validFrom' | 'validUntil'>) {
  return {
    fromMs: Date.parse(`${validFrom}T00:00:00+07:00`),
    untilMs: Date.parse(`${validUntil}T00:00:00+07:00`) + 86_400_000,
  };
}

/** The grantable fields at or below a path. */
export function fieldsUnder(known: ReadonlyMap<string, Field>, path: string): string[] {
  if (known.has(path)) return [path];
  return [...known.keys()].filter((field) => field.startsWith(`${path}.`));
}
