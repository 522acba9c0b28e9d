/** `lienthong init`: writes a small configuration of one's own that is in order, and says what to do with it. */

import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Command } from 'commander';
import { dayInVietNam } from '../adapter-kit/viet-nam-day.ts';
import { type FirstConfiguration, firstConfiguration } from '../cli/first-configuration.ts';
import { exampleOwner } from '../cli/first-parties.ts';
import { firstSteps } from '../cli/first-steps.ts';
import { ConfigError } from '../config-reader.ts';
import { findProjectRoot } from '../project-root.ts';
import { offerOf, say } from './options.ts';

interface InitOptions {
  readonly instance: string;
  readonly class: string;
  readonly code: string;
  readonly subsystem?: string;
  readonly node: string;
  readonly origin?: string;
}

const [instance, memberClass, code] = exampleOwner.id.split('/') as [string, string, string];
const schemaFolder = path.join(findProjectRoot(), 'config');

export function addInitCommand(program: Command): void {
  program
    .command('init')
    .description('write a small configuration of your own into a new or empty folder')
    .argument('<folder>', 'to be made, or empty')
    .option('--instance <code>', 'X-Road instance', instance)
    .option('--class <code>', 'member class of whoever operates the gateway', memberClass)
    .option('--code <code>', 'organisation code of whoever operates the gateway', code)
    .option(
      '--subsystem <code>',
      `a system of that member (default: "portal", of ${exampleOwner.id} "${exampleOwner.subsystem}")`,
    )
    .option('--node <name>', 'name of this gateway', 'gateway-1')
    .option(
      '--origin <name>',
      'name of its log, for ever: a schema-less URL (default: made of code, instance and node)',
    )
    .action(init);
}

async function init(folder: string, options: InitOptions): Promise<void> {
  await demandEmpty(folder);
  if (options.instance !== instance) {
    throw new Error(
      `--instance must be ${instance} here: all members are of one instance, and the example registry belongs to ${exampleOwner.id}. With registries of your own, change it in the files afterwards`,
    );
  }
  const { origin = `${options.code}.${options.instance}.example/${options.node}`.toLowerCase() } = options;
  const member = `${options.instance}/${options.class}/${options.code}`;
  const { subsystem = member === exampleOwner.id ? exampleOwner.subsystem : 'portal' } = options;
  const today = dayInVietNam(Date.now());
  const first = firstConfiguration({ member, subsystem, node: options.node, origin }, today);
  await demandOrder(first);
  await write(first, folder);
  say(firstSteps(folder, first));
}

/** Throws Error where something is there already: nothing of anybody's is written over. */
async function demandEmpty(folder: string): Promise<void> {
  const found = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    if (error.code === 'ENOTDIR') throw new Error(`${folder} is a file: name a folder, to be made or empty`);
    throw error;
  });
  if (found.length > 0) {
    throw new Error(`${folder} is not empty (${found[0]}): name another folder, nothing is written over`);
  }
}

/** Before anything is written where it was asked for. Throws Error: an option is no name of its kind. */
async function demandOrder(first: FirstConfiguration): Promise<void> {
  const trial = await mkdtemp(path.join(tmpdir(), 'lienthong-init-'));
  try {
    await write(first, trial);
    await offerOf(trial);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new Error(
      `with these options the configuration would have faults:\n  ${error.message.replaceAll('\n', '\n  ')}`,
      { cause: error },
    );
  } finally {
    await rm(trial, { recursive: true, force: true });
  }
}

/** The schemas lie beside the files, where editors look for them; the gateway itself reads its own. */
async function write({ files }: FirstConfiguration, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(schemaFolder)) {
    if (name.endsWith('.schema.json')) await cp(path.join(schemaFolder, name), path.join(folder, name));
  }
  for (const [name, text] of files) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text, { flag: 'wx' });
  }
}
