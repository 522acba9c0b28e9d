/** The steps of the tour, on the people that the sample data always holds. */

import type { TourStep } from './demo.ts';

const hoa = '099190000001';
const sau = '099065000003';
const twin = '099216000004';
const replacedPin = '099175000006';

interface Named {
  readonly name: string;
}

interface Address {
  readonly commune: Named;
  readonly province: Named;
}

/** Of each answer what the tour reads. */
interface Answers {
  readonly identity: { match: { fullName: string; dateOfBirth: string } };
  readonly person: { person: { fullName: string; dateOfBirth: { value: string }; sex: string; status: string } };
  readonly household: { household: { members: readonly { fullName: string }[] } };
  readonly residence: { residence: { permanent: { address: Address; since: string } } };
  readonly marriage: { maritalStatus: { status: string; since: string } };
  readonly extract: { extract: { birth: { multiplicity: string; order: number; mother: { fullName: string } } } };
  readonly record: { criminalRecord: { status: string } };
  readonly eligibility: { eligibility: { eligible: boolean; currentBenefits: readonly unknown[] } };
  readonly merit: { meritorious: { type: string; fileNumber: string } };
  readonly poverty: { poverty: { class: string; year: number } };
  readonly insurance: { insurance: { health: { group: string; validTo: string } } };
}

const query = <Answer>(
  service: string,
  client: string,
  message: unknown,
  read: (answer: Answer) => string,
  headers: Readonly<Record<string, string>> = {},
): TourStep => ({
  title: service.split('/').at(-1) ?? service,
  client,
  service,
  message,
  withToken: true,
  headers,
  expected: { status: 200 },
  read: (answer: Answer & { readonly found: boolean }) => {
    if (answer.found !== true) throw new Error('the sample person was not found');
    return read(answer);
  },
});

const refusal = (
  title: string,
  step: Pick<TourStep, 'client' | 'service' | 'message'> & Partial<TourStep>,
  expected: TourStep['expected'],
): TourStep => ({
  title: `refused: ${title}`,
  withToken: true,
  read: ({ detail }: { readonly detail: string }) => detail,
  ...step,
  expected,
});

const accessDenied = 'Server.ServerProxy.AccessDenied';

export const tourSteps: readonly TourStep[] = [
  query(
    'G01/population/verify-identity',
    'H26/one-stop',
    { pin: hoa, fullName: 'NGUYEN THI HOA', dateOfBirth: { value: '1990-05-17', precision: 'day' } },
    ({ match }: Answers['identity']) => `name ${match.fullName}, date of birth ${match.dateOfBirth}`,
  ),
  query('G01/population/get-person', 'G07/social-protection', { pin: hoa }, ({ person }: Answers['person']) => {
    if ('phone' in person || 'ethnicity' in person) throw new Error('a field came that is not granted');
    return `${person.fullName}, ${person.dateOfBirth.value}, ${person.sex}, ${person.status}`;
  }),
  query(
    'G01/population/get-household',
    'G22/public-service-portal',
    { pin: hoa },
    ({ household }: Answers['household']) =>
      `household of ${household.members.length}: ${household.members.map(({ fullName }) => fullName).join(', ')}`,
  ),
  query(
    'G01/population/confirm-residence',
    'G22/public-service-portal',
    { pin: hoa },
    ({ residence }: Answers['residence']) =>
      `${placeOf(residence.permanent.address)} since ${residence.permanent.since}`,
  ),
  query(
    'G15/civil-status/get-marital-status',
    'G22/public-service-portal',
    { pin: hoa },
    ({ maritalStatus }: Answers['marriage']) => `${maritalStatus.status} since ${maritalStatus.since}`,
  ),
  query(
    'G15/civil-status/get-civil-status-record',
    'H26/one-stop',
    { pin: twin, record: 'birth' },
    ({ extract }: Answers['extract']) =>
      `${extract.birth.multiplicity} ${extract.birth.order}, mother ${extract.birth.mother.fullName}`,
  ),
  query(
    'G15/judicial-records/get-criminal-record-status',
    'G09/civil-servants',
    { pin: sau, form: '1' },
    ({ criminalRecord }: Answers['record']) => `criminal record: ${criminalRecord.status}`,
    { 'x-road-userid': 'official-0042' },
  ),
  query(
    'G07/social-protection/check-benefit-eligibility',
    'G07/social-protection',
    { pin: sau, category: 'elderly' },
    ({ eligibility }: Answers['eligibility']) =>
      `eligible ${eligibility.eligible}, benefits running: ${eligibility.currentBenefits.length}`,
  ),
  query(
    'G07/social-protection/get-meritorious-status',
    'G09/meritorious-persons',
    { pin: replacedPin },
    ({ meritorious }: Answers['merit']) => `${meritorious.type}, file ${meritorious.fileNumber}`,
  ),
  query(
    'G07/social-protection/get-household-poverty',
    'G18/hospital-fees',
    { pin: sau },
    ({ poverty }: Answers['poverty']) => `${poverty.class} in ${poverty.year}`,
  ),
  query(
    'G07/social-insurance/get-insurance',
    'G18/health-insurance',
    { pin: twin },
    ({ insurance }: Answers['insurance']) =>
      `health card of group ${insurance.health.group}, valid until ${insurance.health.validTo}`,
  ),
  refusal(
    'no token',
    { client: 'G07/social-protection', service: 'G01/population/get-person', message: { pin: hoa }, withToken: false },
    { status: 401, code: 'authentication-required', xRoadError: 'Server.ClientProxy.AccessDenied' },
  ),
  refusal(
    'no agreement',
    { client: 'H41/one-stop', service: 'G01/population/get-person', message: { pin: hoa } },
    { status: 403, code: 'agreement-missing', xRoadError: accessDenied },
  ),
  refusal(
    'purpose missing',
    { client: 'G15/civil-status', service: 'G01/population/get-person', message: { pin: hoa } },
    { status: 403, code: 'purpose-required', xRoadError: accessDenied },
  ),
  refusal(
    'field not granted',
    { client: 'G07/social-protection', service: 'G01/population/get-person', message: { pin: hoa, fields: ['phone'] } },
    { status: 403, code: 'field-not-granted', xRoadError: accessDenied },
  ),
  refusal(
    'schema violation',
    { client: 'G07/social-protection', service: 'G01/population/get-person', message: { pin: '12345', nickname: 'x' } },
    { status: 422, code: 'message-invalid', xRoadError: 'Client.BadRequest' },
  ),
  refusal(
    'unknown service',
    { client: 'G07/social-protection', service: 'G01/population/get-horoscope', message: { pin: hoa } },
    { status: 404, code: 'service-unknown', xRoadError: 'Server.ServerProxy.UnknownService' },
  ),
];

function placeOf({ commune, province }: Address): string {
  return `${commune.name}, ${province.name}`;
}
