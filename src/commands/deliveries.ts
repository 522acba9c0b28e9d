/** `lienthong deliveries`: where pushes are, and what is done about those that do not arrive. */

import { Argument, type Command, Option } from 'commander';
import type { GatewayPlace } from '../cli/ask-gateway.ts';
import {
  discardPush,
  listPushes,
  redeliverPush,
  redeliverPushes,
  type ShownPush,
  showPush,
  whenSettled,
} from '../cli/deliveries-client.ts';
import { fail } from './fail.ts';
import { parsePositive, say, tokenOption, urlOption } from './options.ts';

interface LookOptions extends GatewayPlace {
  /** Seconds. */
  readonly wait?: number;
}

interface ListOptions extends LookOptions {
  readonly dead?: boolean;
  readonly rows: number;
  readonly [filter: string]: unknown;
}

interface RedeliverOptions extends GatewayPlace {
  readonly registry?: string;
  readonly service?: string;
  readonly sender?: string;
  readonly all?: boolean;
}

interface DiscardOptions extends GatewayPlace {
  readonly reason: string;
  readonly althoughEffective?: boolean;
}

/** Some went no further; some are still on their way; at the end of the wait nobody could say. */
const exitCodes = { someFailed: 1, notSettled: 2, noAnswer: 3 };
const operatorsFilters = ['registry', 'service', 'sender'];
const filters = ['registry', 'service', 'sender', 'state', 'issue', 'from', 'to'];
const reasons = ['sent-in-error', 'settled-elsewhere', 'cannot-be-delivered'];
const idArgument = () => new Argument('<id>', 'Exchange-Id of the push');

export function addDeliveryCommands(program: Command): void {
  const deliveries = program
    .command('deliveries')
    .description('see where pushes are, and try dead letters again or give them up; what is done is recorded');
  const place = (command: Command) =>
    command
      .addOption(urlOption())
      .addOption(tokenOption('of role operator where not said otherwise').makeOptionMandatory());
  const looking = (command: Command) =>
    command
      .option('--client <id>', 'the subsystem’s own pushes, with a token of its own instead of an operator’s')
      .option('--wait <seconds>', 'look again until nothing more happens by itself, so long at most', parsePositive)
      .addHelpText(
        'after',
        '\nWith --wait all that match are looked at, however many --rows prints. Exit code 1: some were refused, discarded,' +
          ' are dead or held behind a dead letter; 2: some are still on their way; 3: the gateway' +
          ' refuses, or could not be asked at the end of the wait (until then it is asked again).',
      );
  const parties = (command: Command) =>
    command
      .option('--registry <name>', 'registry in whose queue it is')
      .option('--service <id>', 'service that was called')
      .option('--sender <id>', 'subsystem that sent it');

  looking(parties(place(deliveries.command('list').description('print pushes, the newest first'))))
    .option('--dead', 'dead letters only')
    .option('--state <state>', 'accepted, delivering, retrying, …')
    .option('--issue <text>', 'X-Road-Issue, as it was sent')
    .option('--from <time>', 'accepted from this time, or the beginning of this day (UTC)')
    .option('--to <time>', 'accepted before this time, or up to the end of this day (UTC)')
    .option('--rows <number>', 'rows at most', parsePositive, 100)
    .action(list);
  looking(
    place(deliveries.command('show').description('print one with its legs and transitions').addArgument(idArgument())),
  ).action(async (id: string, options: LookOptions) => {
    const [push] = await looked(options, async () => [await showPush(options, id)]);
    say(JSON.stringify(push, undefined, 2));
  });
  parties(place(deliveries.command('redeliver').description('try dead letters again').argument('[ids...]')))
    .option('--all', 'all that match, the oldest first, so many as the gateway allows at once')
    .action(redeliver);
  place(deliveries.command('discard').description('give one up; what it held goes on').addArgument(idArgument()))
    .addOption(new Option('--reason <reason>', 'why').choices(reasons).makeOptionMandatory())
    .option('--although-effective', 'also where legs of it have taken effect, or may have: they stay as they are')
    .action(async (id: string, options: DiscardOptions) => {
      const { reason, althoughEffective: legsStand = false } = options;
      const { index } = await discardPush(options, id, { reason, legsStand });
      say(`${id} discarded (log ${index})`);
    });
}

async function list(options: ListOptions): Promise<void> {
  const { dead, rows, client } = options;
  const asked = filters.filter((name) => options[name] !== undefined && !(dead && name === 'state'));
  const others = client === undefined ? [] : asked.filter((name) => operatorsFilters.includes(name));
  if (others.length > 0) throw new Error(`--${others.join(', --')} is for operators, not for --client`);
  const named = Object.fromEntries(asked.map((name) => [name, String(options[name])]));
  const wanted = dead && client !== undefined ? { ...named, state: 'dead' } : named;
  const read = async () => {
    const pushes: ShownPush[] = [];
    // What is waited for is all that match, however many are printed.
    const rowsMax = options.wait === undefined ? rows : Number.POSITIVE_INFINITY;
    for await (const push of listPushes(options, dead ? 'dead-letters' : 'deliveries', wanted, rowsMax))
      pushes.push(push);
    return pushes;
  };
  const found = await looked(options, read);
  say(line('accepted', 'id', 'state', 'sender', 'service'));
  for (const push of found.slice(0, rows)) say(lineOf(push));
}

async function looked(options: LookOptions, read: () => Promise<readonly ShownPush[]>): Promise<readonly ShownPush[]> {
  if (options.wait === undefined) return read();
  const { pushes, areSettled } = await whenSettled(read, options.wait).catch((error: unknown) =>
    fail(error, exitCodes.noAnswer),
  );
  if (!areSettled) process.exitCode = exitCodes.notSettled;
  else if (pushes.some(({ state }) => state !== 'delivered')) process.exitCode = exitCodes.someFailed;
  return pushes;
}

async function redeliver(ids: readonly string[], options: RedeliverOptions): Promise<void> {
  if (ids.length > 0 === (options.all === true)) throw new Error('name the ids, or --all with filters');
  for (const id of ids) {
    const { index } = await redeliverPush(options, id);
    say(`${id} is tried again (log ${index})`);
  }
  if (!options.all) return;
  const { registry, service, sender } = options;
  const { redelivered } = await redeliverPushes(options, { registry, service, sender });
  say(`${redelivered.length} are tried again`);
}

function lineOf({ acceptedAt, exchangeId, state, sender, service, ...push }: ShownPush): string {
  const told = line(acceptedAt, exchangeId, `${state}${whyOf(push)}`, sender, service);
  if (state === 'delivered') return told;
  const stand = push.legsDone.length === 0 ? '' : ` done: ${push.legsDone.join(', ')}`;
  return `${told}${stand}${push.legInDoubt === undefined ? '' : ` perhaps done: ${push.legInDoubt}`}`;
}

/** Of what is given up, why it was; of a dead letter that was refused in part, by which code. */
function whyOf(push: Partial<ShownPush>): string {
  const { problem, reason, final } = push;
  const causes = [final && reason !== undefined ? undefined : problem, reason].filter((one) => one !== undefined);
  const why = causes.length === 0 ? heldBy(push) : causes.join(': ');
  return why === undefined ? '' : ` (${why})`;
}

function heldBy({ heldBehind, heldBehindDeadLetter }: Partial<ShownPush>): string | undefined {
  if (heldBehindDeadLetter === true) return 'held by a dead letter';
  return heldBehind === undefined ? undefined : 'held';
}

function line(accepted: string, id: string, state: string, sender: string, service: string): string {
  return [accepted.padEnd(24), id.padEnd(36), state.padEnd(34), sender.padEnd(28), service].join(' ');
}
