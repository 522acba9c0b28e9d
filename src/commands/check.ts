/** `lienthong check`: reads the configuration and says what it offers, or every fault. */

import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { describeOffer } from '../cli/check.ts';
import { readWitnessConfiguration } from '../compose-witness.ts';
import { ConfigError } from '../config-reader.ts';
import { findProjectRoot } from '../project-root.ts';
import { configOption, offerOf, say } from './options.ts';

export function addCheckCommand(program: Command): void {
  program
    .command('check')
    .description('check the configuration, witness.yaml in the same folder too, and name every fault')
    .addOption(configOption())
    .action(async ({ config }: { config: string }) => {
      const [offer, witness] = await Promise.allSettled([offerOf(config), checkWitness(config)]);
      const failures = [offer, witness].flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
      const other = failures.find((reason) => !(reason instanceof ConfigError));
      if (other !== undefined) throw other;
      if (failures.length > 0) throw new ConfigError(failures.flatMap((reason) => (reason as ConfigError).faults));
      if (offer.status === 'fulfilled') say(describeOffer(offer.value));
    });
}

/** A gateway needs none. Throws ConfigError. */
async function checkWitness(folder: string): Promise<void> {
  const file = path.join(folder, 'witness.yaml');
  if (existsSync(file)) await readWitnessConfiguration(file, path.join(findProjectRoot(), 'config'), process.env);
}
