/** `lienthong token`: prints a bearer token signed with the data folder's key. */

import { type Command, Option } from 'commander';
import { openKeys } from '../embedded/keys.ts';
import type { AuditScope, Role } from '../exchange/callers.ts';
import { demandDataFolder } from '../gateway-keys.ts';
import { auditScopes, issueToken, roles } from '../identity/tokens.ts';
import type { Offer } from '../offer.ts';
import { pinFault } from '../validation/pin.ts';
import { configOption, dataOption, offerOf, parsePositive, say } from './options.ts';

interface TokenOptions {
  readonly role: Role;
  readonly scope?: readonly AuditScope[];
  readonly member?: string;
  readonly lifetime: number;
  readonly config: string;
  readonly data: string;
}

export function addTokenCommand(program: Command): void {
  program
    .command('token')
    .description('print a bearer token signed with the key in the data folder')
    .argument('<subject>', "member or subsystem; an auditor's or operator's name; a citizen's personal number")
    .addOption(new Option('--role <role>', 'what the token is for').choices(roles).default('client'))
    .addOption(
      new Option('--scope <scopes...>', 'what an auditor may do; all where none is named').choices(auditScopes),
    )
    .option('--member <id>', "confine an auditor to one member's exchanges")
    .option('--lifetime <seconds>', 'seconds until it expires', parsePositive, 3600)
    .addOption(configOption())
    .addOption(dataOption())
    .action(token);
}

async function token(subject: string, options: TokenOptions): Promise<void> {
  const { configuration, directory } = await offerOf(options.config);
  const { role, scope = auditScopes, member } = options;
  if (role === 'client') demandMember(directory, subject);
  if (role === 'citizen') demandPin(subject, configuration.gateway.validation.samplePins);
  if (member !== undefined) demandMember(directory, member);
  if (role !== 'auditor' && (options.scope ?? member) !== undefined) {
    throw new Error('--scope and --member are for --role auditor');
  }
  const { audience, tokenLifetimeSecondsMax } = configuration.gateway.identity;
  if (options.lifetime > tokenLifetimeSecondsMax) {
    throw new Error(`--lifetime may be ${tokenLifetimeSecondsMax} seconds at most (identity.tokenLifetimeSecondsMax)`);
  }
  const { keysFolder } = demandDataFolder(options.data, 'keys');
  const key = await openKeys(keysFolder).signingKey('token-signing');
  const audit = role === 'auditor' ? { scopes: scope, ...(member === undefined ? {} : { confinedTo: member }) } : {};
  const request = { id: subject, role, audience, lifetimeSeconds: options.lifetime, ...audit };
  say(await issueToken({ ...key }, request, Date.now()));
}

function demandPin(subject: string, samplePins: boolean): void {
  const fault = pinFault(subject, samplePins);
  if (fault !== undefined) throw new Error(`a citizen's token is for a personal number: it ${fault}`);
}

function demandMember(directory: Offer['directory'], id: string): void {
  if (!directory.has(id)) throw new Error(`${id} is neither a member nor a subsystem of members.yaml`);
}
