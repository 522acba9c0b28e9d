/** Says what a faultless configuration offers, so that an operator sees what it means before it serves. */

interface Remark {
  readonly file: string;
  readonly at: string;
  readonly message: string;
}

export interface CheckedOffer {
  readonly configuration: {
    readonly members: readonly { readonly subsystems: readonly unknown[] }[];
    readonly agreements: readonly unknown[];
  };
  readonly warnings: readonly Remark[];
  readonly notes: readonly Remark[];
  readonly catalogue: { all(): readonly { readonly key: string }[] };
}

export function describeOffer({ configuration, catalogue, warnings, notes }: CheckedOffer): string {
  const { members, agreements } = configuration;
  const subsystems = members.reduce((sum, member) => sum + member.subsystems.length, 0);
  const services = catalogue.all().map(({ key }) => `  ${key}`);
  return [
    `The configuration is in order: ${count(members.length, 'member')}, ${count(subsystems, 'subsystem')}, ${count(agreements.length, 'agreement')}.`,
    `${count(services.length, 'service')}:`,
    ...services,
    ...notes.map((note) => `note: ${remark(note)}`),
    ...warnings.map((warning) => `warning: ${remark(warning)}`),
  ].join('\n');
}

const remark = ({ file, at, message }: Remark) => `${file} ${at}: ${message}`;

const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`;
