/** Words the files of a configuration of one's own: only what an operator has to say, and one example that works at once. */

import { exampleOwner, type FirstChoice, type Name, type Party, partiesOf } from './first-parties.ts';

export interface FirstConfiguration {
  /** Text of each file by its path in the folder. */
  readonly files: ReadonlyMap<string, string>;
  /** Identifier of the subsystem that the example agreement lets ask. */
  readonly consumer: string;
}

/** `firstDay`: of the example agreement, which ends with the fourth year after; YYYY-MM-DD. */
export function firstConfiguration(choice: FirstChoice, firstDay: string): FirstConfiguration {
  const [operator, other] = partiesOf(choice);
  const asking = operator.id === exampleOwner.id ? other : operator;
  const consumer = `${asking.id}/${asking.subsystems[0]?.code}`;
  const files = new Map([
    ['gateway.yaml', gatewayFile(choice)],
    ['members.yaml', membersFile([operator, other])],
    ['registries.yaml', registriesFile],
    ['agreements/example.yaml', agreementFile(consumer, firstDay)],
  ]);
  return { files, consumer };
}

const gatewayFile = ({ member, node, origin }: FirstChoice) => `# yaml-language-server: $schema=./gateway.schema.json
# Only what is this gateway's own. All else is as docs/configuration.md of the gateway lists it, until it is named here.
instance: ${quoted(member.slice(0, member.indexOf('/')))}
# Name of this process in metrics and log.
node: ${quoted(node)}

exchangeLog:
  # Name of this gateway's log and of its signing key, for ever: settle it before the first start. No two gateways share one.
  origin: ${quoted(origin)}

validation:
  # The example registry holds invented people, all in the range 099. Take these lines out where real people are served.
  samplePins: true

# Until something else is said, only this machine reaches the gateway.
# listen:
#   host: 127.0.0.1
#   port: 8080
`;

const membersFile = (parties: readonly Party[]) => `# yaml-language-server: $schema=./members.schema.json
# Who takes part, and with which systems. Basic personal data go to systems of safety level 2 and above, sensitive ones
# from 3 on. Names, levels and decisions (Decree 85/2016) are examples: put in those that hold.
members:
${parties.map(memberLines).join('')}`;

const memberLines = ({ role, id, name, subsystems }: Party) => `  # ${role}
  - id: ${quoted(id)}
    name: ${localText(name)}
    subsystems:
${subsystems
  .map(
    (system) => `      - code: ${quoted(system.code)}
        name: ${localText(system)}
        safetyLevel: 3
        safetyDecision: "1/QĐ-ATTT"
`,
  )
  .join('')}`;

const registriesFile = `# yaml-language-server: $schema=./registries.schema.json
# An example that starts at once: \`embedded\` stands up a sample registry, on a PostgreSQL that the gateway brings along.
# A registry of your own is an adapter in a folder, relative to this file (adapters/README.md of the gateway):
#   - adapter: ./vehicles
#     source:
#       url: \${VEHICLES_URL}        # postgres://…; \${NAME} is taken from the environment
#       poolMax: 8
#       connectTimeoutMs: 2000
registries:
  - adapter: population
    source: embedded
`;

const agreementFile = (consumer: string, firstDay: string) => `# yaml-language-server: $schema=../agreement.schema.json
# One agreement a file: what one consumer may learn from one service. Without one nobody may ask anything.
id: EXAMPLE-1
consumer: ${quoted(consumer)}
service: ${exampleOwner.id}/${exampleOwner.subsystem}/get-person
purposes: [dossier-prefill]
legalBasis: Decree 278/2025/ND-CP on mandatory data sharing
fields: [pin, status, fullName, dateOfBirth]
# Days in Viet Nam, both inclusive.
validFrom: ${firstDay}
validUntil: ${Number(firstDay.slice(0, 4)) + 4}-12-31
quota: { requestsPerSecond: 100, burst: 200 }
`;

/** YAML 1.2 reads a JSON string as it stands, whatever it would be without the quotes. */
const quoted = (text: string) => JSON.stringify(text);

const localText = ({ en, vi }: Name) => `{ en: ${quoted(en)}, vi: ${quoted(vi)} }`;
