/** The rows of the persons whom tests and documents speak of, by hand, because they show cases that must not move. */

import { castPins, type SamplePerson, type SamplePopulation } from '../../sample-people/index.ts';
import { healthCard, insuranceNumber, pastValidity, presentValidity } from './insurance.ts';
import { courseRows } from './poverty.ts';
import type { SampleRows } from './rows.ts';

type CastRows = Omit<SampleRows, 'person'>;

export function castRows({ byPin }: SamplePopulation): CastRows {
  const of = (pin: string): SamplePerson => {
    const person = byPin.get(pin);
    if (person === undefined) throw new Error('a person of the cast is not in the sample population');
    return person;
  };
  const number = (pin: string) => insuranceNumber(of(pin).index);
  const binhNumber = number(castPins.binh);
  return {
    circumstance: [
      {
        pin: castPins.sau,
        kind: 'disability',
        degree: 'severe',
        certificate_number: '00099/GXN-2019',
        certified_on: '2019-04-02',
        ended_on: null,
      },
    ],
    // He died on 3 November 2024, and nobody told this registry.
    benefit: [
      {
        decision_number: '00099/QĐ-UBND',
        decision_date: '2019-05-20',
        pin: castPins.sau,
        category: 'disabled',
        coefficient: 1.5,
        monthly_vnd: 750_000,
        from_date: '2019-06-01',
        to_date: null,
        stop_reason: null,
        commune_code: of(castPins.sau).permanent.address.commune.code,
      },
    ],
    // Filed before the PIN was replaced, and never carried over.
    meritorious_person: [
      {
        pin: castPins.binhReplaced,
        type: 'martyr-relative',
        file_number: 'LS-000099',
        degree_percent: null,
        since_date: '2004-07-27',
      },
    ],
    household_poverty: courseRows(of(castPins.sau).householdCode, ['poor', 'poor', 'near-poor', 'near-poor']),
    social_insurance: [
      { pin: castPins.hoa, number: number(castPins.hoa), status: 'contributing', since_date: '2013-03-01' },
      { pin: castPins.duc, number: number(castPins.duc), status: 'paused', since_date: '2012-09-01' },
      { pin: castPins.binhReplaced, number: binhNumber, status: 'paused', since_date: '2022-06-15' },
      { pin: castPins.binh, number: binhNumber, status: 'contributing', since_date: '2022-06-15' },
    ],
    health_card: [
      healthCard(of(castPins.hoa), 'DN', presentValidity),
      healthCard(of(castPins.duc), 'GD', presentValidity),
      healthCard(of(castPins.sau), 'BT', presentValidity),
      healthCard(of(castPins.minh), 'HS', presentValidity),
      healthCard(of(castPins.mai), 'HS', presentValidity),
      { ...healthCard(of(castPins.binh), 'TS', pastValidity, true), pin: castPins.binhReplaced },
      healthCard(of(castPins.binh), 'DN', presentValidity),
    ],
  };
}
