/** Finds what members, agreements and registries say of each other that cannot be, or is hardly meant. */

import { type AgreementFault, checkAgreements } from './agreements/agreement.ts';
import { pushesOf, safetyLevelFor } from './agreements/subscriptions.ts';
import type { Configuration } from './config.ts';
import type { ConfigFault } from './config-reader.ts';
import type { Catalogue } from './exchange/ports.ts';
import type { MemberDirectory } from './identity/members.ts';
import type { LoadedAdapter } from './load-adapters.ts';

export function checkReferences(
  configuration: Configuration,
  directory: MemberDirectory,
  catalogue: Catalogue,
): ConfigFault[] {
  const around = {
    isRegistered: (id: string) => directory.subsystem(id) !== undefined,
    versionsOf: (id: string) => catalogue.versionsOf(id),
  };
  const faults = checkAgreements(configuration.agreements, around);
  return faults.map(({ agreement, pointer, message, other }: AgreementFault) => ({
    file: configuration.fileOf(agreement),
    at: pointer,
    message: other === undefined ? message : `${message} (${configuration.fileOf(other)})`,
  }));
}

export function checkInstances(configuration: Configuration, adapters: readonly LoadedAdapter[]): ConfigFault[] {
  const prefix = `${configuration.gateway.instance}/`;
  const members = configuration.members.flatMap(({ id }, index) =>
    id.startsWith(prefix)
      ? []
      : [{ file: 'members.yaml', at: `/members/${index}/id`, message: `lies outside ${prefix}` }],
  );
  const known = new Set(configuration.members.map(({ id }) => id));
  const owners = adapters.flatMap(({ definition: { manifest } }, index) =>
    known.has(manifest.owner)
      ? []
      : [
          {
            file: 'registries.yaml',
            at: `/registries/${index}`,
            message: `${manifest.owner} is no member of members.yaml`,
          },
        ],
  );
  return [...members, ...owners];
}

/** What is in order but hardly meant: told by `lienthong check`, no reason not to start. */
export function warningsOf(
  configuration: Configuration,
  catalogue: Catalogue,
  directory: MemberDirectory,
): ConfigFault[] {
  const providers = new Set(catalogue.all().map(({ id }) => id.slice(0, id.lastIndexOf('/'))));
  const unlisted = [...providers]
    .filter((id) => directory.subsystem(id) === undefined)
    .map((id) => ({
      file: 'members.yaml',
      at: '/members',
      message: `${id} offers services but /listClients will not name it`,
    }));
  const { safetyLevelMin } = configuration.gateway.agreements;
  const refused = configuration.agreements.flatMap((agreement) => {
    const level = directory.subsystem(agreement.consumer)?.safetyLevel ?? 0;
    const needed =
      agreement.event === undefined
        ? safetyLevelMin.basic
        : safetyLevelFor(agreement, pushesOf(catalogue.versionsOf, agreement), { safetyLevelMin });
    if (level >= needed) return [];
    const what = agreement.event === undefined ? 'every exchange will be refused' : 'it will be told of no event';
    const message = `${agreement.consumer} has safety level ${level}: ${what}`;
    return [{ file: configuration.fileOf(agreement), at: '/consumer', message }];
  });
  return [
    ...unlisted,
    ...refused,
    ...checkPlainConnections(configuration, catalogue),
    ...checkSamplePins(configuration),
    ...checkSampleRegistries(configuration),
  ];
}

/** A sample registry lives in its gateway's data folder: what one gateway delivers there, another one does not find. */
function checkSampleRegistries({ gateway, registries }: Configuration): ConfigFault[] {
  if (gateway.state.database === 'embedded') return [];
  const message = 'a sample registry is this gateway’s own, and other gateways on the same state database have others';
  return registries.flatMap(({ source }, index) =>
    source === 'embedded' ? [{ file: 'registries.yaml', at: `/registries/${index}/source`, message }] : [],
  );
}

/** Sample registries hold people of the range 099 only, and real ones none of them. */
function checkSamplePins({ gateway, registries }: Configuration): ConfigFault[] {
  const samples = registries.flatMap(({ source }, index) => (source === 'embedded' ? [index] : []));
  if (gateway.validation.samplePins) {
    const message = 'numbers of invented people are accepted, although no sample registry is served';
    return samples.length > 0 ? [] : [{ file: 'gateway.yaml', at: '/validation/samplePins', message }];
  }
  const message = 'a sample registry holds invented people only, whose numbers validation.samplePins refuses';
  return samples.map((index) => ({ file: 'registries.yaml', at: `/registries/${index}/source`, message }));
}

/** A system that may call without a token what nobody offers: a slip of the pen, or a registry that this gateway does not serve. */
function checkPlainConnections(configuration: Configuration, catalogue: Catalogue): ConfigFault[] {
  return configuration.members.flatMap(({ subsystems }, member) =>
    subsystems.flatMap(({ plainConnection }, subsystem) =>
      (plainConnection?.services ?? []).flatMap((service, index) => {
        if (catalogue.versionsOf(service).length > 0) return [];
        const at = `/members/${member}/subsystems/${subsystem}/plainConnection/services/${index}`;
        return [{ file: 'members.yaml', at, message: `no registry offers ${service}` }];
      }),
    ),
  );
}
