/** `lienthong check`: reads the configuration and says what it offers, or every fault. */

import type { Command } from 'commander';
import { describeOffer } from '../cli/check.ts';
import { configOption, offerOf, say } from './options.ts';

export function addCheckCommand(program: Command): void {
  program
    .command('check')
    .description('check the configuration and name every fault')
    .addOption(configOption())
    .action(async ({ config }: { config: string }) => {
      say(describeOffer(await offerOf(config)));
    });
}
