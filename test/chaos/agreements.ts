/** Who may ask and send what in a chaos run, with quotas that nobody reaches. */

const asker = 'VN/GOV/G07/social-protection';
const sender = 'VN/GOV/H26/one-stop';

export interface Asked {
  readonly service: string;
  readonly registry: 'population' | 'judicial' | 'social-affairs';
  /** Member of the answer that holds what is granted. */
  readonly record: string;
  readonly fields: readonly string[];
  /** Members of the message beside the number. */
  readonly beside?: object;
}

export const asked: readonly [Asked, ...Asked[]] = [
  {
    service: 'VN/GOV/G01/population/get-person',
    registry: 'population',
    record: 'person',
    fields: ['pin', 'fullName', 'dateOfBirth', 'sex', 'status', 'residence.permanent', 'residence.temporary'],
  },
  {
    service: 'VN/GOV/G15/civil-status/get-marital-status',
    registry: 'judicial',
    record: 'maritalStatus',
    fields: ['status', 'since', 'registration'],
  },
  {
    // Never cached, and sealed for auditors.
    service: 'VN/GOV/G15/judicial-records/get-criminal-record-status',
    registry: 'judicial',
    record: 'criminalRecord',
    fields: ['status', 'form', 'certificate'],
    beside: { form: '1' },
  },
  {
    service: 'VN/GOV/G07/social-insurance/get-insurance',
    registry: 'social-affairs',
    record: 'insurance',
    fields: ['social'],
  },
];

export const sealedService = 'VN/GOV/G15/judicial-records/get-criminal-record-status';

const pushes = [
  'VN/GOV/G01/population/report-residence-change',
  'VN/GOV/G07/social-protection/report-benefit-decision',
  'VN/GOV/G15/civil-status/register-death',
];

export const chaosAgreements = [
  ...asked.map(({ service, fields }) => agreement(asker, service, fields)),
  ...pushes.map((service) => agreement(sender, service, [])),
];

function agreement(consumer: string, service: string, fields: readonly string[]) {
  return {
    id: `chaos-${service.split('/').at(-1)}`,
    consumer,
    service,
    purposes: ['chaos'],
    legalBasis: 'Test decree',
    fields,
    validFrom: '2020-01-01',
    validUntil: '2999-12-31',
    quota: { requestsPerSecond: 100_000, burst: 100_000 },
  };
}

/** Consumer of a service that is asked or sent to. */
export const consumerOf = (service: string): string => (pushes.includes(service) ? sender : asker);
