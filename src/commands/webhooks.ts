/** `lienthong webhooks`: how those stand who are sent notices, and starting a dead one again. */

import type { Command } from 'commander';
import { askGateway, type GatewayPlace, type Recorded } from '../cli/ask-gateway.ts';
import { say, tokenOption, urlOption } from './options.ts';

/** A webhook as the gateway lists it. */
interface ShownWebhook {
  readonly receiver: string;
  readonly stream: string;
  readonly host: string;
  readonly state: string;
  readonly behind: number;
  readonly tries: number;
  readonly nextTry?: string;
  readonly failingSince?: string;
  readonly fault?: string;
  readonly restarting?: boolean;
}

export function addWebhookCommands(program: Command): void {
  const webhooks = program
    .command('webhooks')
    .description('see how registered webhooks stand, and start dead ones again; that is recorded');
  const place = (command: Command) =>
    command.addOption(urlOption()).addOption(tokenOption('of role operator').makeOptionMandatory());

  place(webhooks.command('list').description('print each receiver and stream with its state and last fault')).action(
    async (options: GatewayPlace) => {
      const { webhooks: found } = await askGateway<{ webhooks: readonly ShownWebhook[] }>(
        options,
        '/v1/admin/webhooks',
      );
      say(line('receiver', 'stream', 'state', 'behind', 'tries', 'host', 'last fault'));
      for (const one of found) say(lineOf(one));
    },
  );
  place(
    webhooks.command('restart').description('try one again at once').argument('<receiver>', 'subsystem that it is of'),
  ).action(async (receiver: string, options: GatewayPlace) => {
    const { index } = await askGateway<Recorded>(options, '/v1/admin/webhooks/restart', { receiver });
    say(`${receiver} is tried again (log ${index})`);
  });
}

function lineOf({ fault, failingSince, nextTry, restarting, ...shown }: ShownWebhook): string {
  const { receiver, stream, state, behind, tries, host } = shown;
  const since = failingSince === undefined ? '' : ` since ${failingSince}`;
  const next = nextTry === undefined ? '' : `, next try ${nextTry}`;
  const last = fault === undefined ? '' : `${fault}${since}${next}`;
  const kept = restarting === true ? ' (a restart is kept, and not done yet)' : '';
  return line(receiver, stream, state, String(behind), String(tries), host, `${last}${kept}`);
}

function line(
  receiver: string,
  stream: string,
  state: string,
  behind: string,
  tries: string,
  host: string,
  fault: string,
): string {
  const columns = [receiver.padEnd(28), stream.padEnd(12), state.padEnd(7), behind.padStart(6), tries.padStart(5)];
  return [...columns, host.padEnd(28), fault].join(' ').trimEnd();
}
