/** Says what a faultless configuration offers, so that an operator sees what it means before it serves. */

export interface CheckedOffer {
  readonly configuration: {
    readonly members: readonly { readonly subsystems: readonly unknown[] }[];
    readonly agreements: readonly unknown[];
  };
  readonly warnings: readonly { readonly file: string; readonly at: string; readonly message: string }[];
  readonly catalogue: { all(): readonly { readonly key: string }[] };
}

export function describeOffer({ configuration, catalogue, warnings }: CheckedOffer): string {
  const { members, agreements } = configuration;
  const subsystems = members.reduce((sum, member) => sum + member.subsystems.length, 0);
  const services = catalogue.all().map(({ key }) => `  ${key}`);
  return [
    `The configuration is in order: ${count(members.length, 'member')}, ${count(subsystems, 'subsystem')}, ${count(agreements.length, 'agreement')}.`,
    `${count(services.length, 'service')}:`,
    ...services,
    ...warnings.map(({ file, at, message }) => `warning: ${file} ${at}: ${message}`),
  ].join('\n');
}

const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`;
