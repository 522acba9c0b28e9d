/** Whom a first configuration names: who operates the gateway, and whoever the example registry needs beside it. */

export interface FirstChoice {
  /** X-Road member identifier of who operates the gateway: instance/class/code. */
  readonly member: string;
  /** Code of a system of that member. */
  readonly subsystem: string;
  readonly node: string;
  /** Name of the log. */
  readonly origin: string;
}

export interface Party {
  readonly role: string;
  readonly id: string;
  readonly name: Name;
  readonly subsystems: readonly (Name & { readonly code: string })[];
}

export interface Name {
  readonly en: string;
  readonly vi: string;
}

/** As the manifest of the shipped population adapter has them. */
export const exampleOwner = { id: 'VN/GOV/G01', subsystem: 'population' } as const;

const ministry: Name = { en: 'Ministry of Public Security', vi: 'Bộ Công an' };
const population = {
  code: exampleOwner.subsystem,
  en: 'National population database',
  vi: 'Cơ sở dữ liệu quốc gia về dân cư',
};
const portal: Party = {
  role: 'A consumer: it may ask the example registry.',
  id: 'VN/GOV/G22',
  name: { en: 'Government Office', vi: 'Văn phòng Chính phủ' },
  subsystems: [
    { code: 'public-service-portal', en: 'National public service portal', vi: 'Cổng dịch vụ công quốc gia' },
  ],
};

/** The operator, and whoever the example needs beside it: somebody who asks, or the owner of what is asked. */
export function partiesOf({ member, subsystem }: FirstChoice): readonly [Party, Party] {
  const own = { code: subsystem, en: subsystem, vi: subsystem };
  if (member === exampleOwner.id) {
    const subsystems = subsystem === population.code ? [population] : [own, population];
    return [{ role: 'Who operates this gateway.', id: member, name: ministry, subsystems }, portal];
  }
  const code = member.slice(member.lastIndexOf('/') + 1);
  return [
    { role: 'Who operates this gateway.', id: member, name: { en: code, vi: code }, subsystems: [own] },
    {
      role: 'Goes with the example registry: its owner.',
      id: exampleOwner.id,
      name: ministry,
      subsystems: [population],
    },
  ];
}
