/** Every setting of gateway.yaml or witness.yaml as its schema has it, so that tests and docs/configuration.md hold to it. */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from './gateway.ts';

interface SettingSchema {
  readonly $ref?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, SettingSchema>>;
}

export interface Setting {
  /** JSON pointer into the file. */
  readonly pointer: string;
  readonly schema: SettingSchema;
  /** Where its section is named at all. */
  readonly isDemanded: boolean;
}

/** In the order of the schema, sections left out. */
export function settingsOf(name: 'gateway' | 'witness'): Setting[] {
  return [...within(read(name), '')];
}

/** As docs/configuration.md has it. */
export function settingRow({ pointer, schema, isDemanded }: Setting): string {
  const absent = isDemanded ? 'must be named' : 'none';
  const value = 'default' in schema ? `\`${JSON.stringify(schema.default)}\`` : absent;
  const name = pointer.slice(1).replaceAll('/', '.');
  return `| \`${name}\` | ${value} | ${schema.description?.replaceAll('|', '\\|')} |`;
}

function* within(schema: SettingSchema, pointer: string): Generator<Setting> {
  for (const [name, own] of Object.entries(schema.properties ?? {})) {
    const inner = { ...referred(own.$ref), ...own };
    const isDemanded = schema.required?.includes(name) === true;
    if (inner.properties === undefined) yield { pointer: `${pointer}/${name}`, schema: inner, isDemanded };
    else yield* within(inner, `${pointer}/${name}`);
  }
}

function referred(reference: string | undefined): SettingSchema {
  const [, members] = reference?.split('#/') ?? [];
  if (members === undefined) return {};
  return members
    .split('/')
    .reduce(
      (schema, member) => schema[member] as Record<string, object>,
      read('gateway') as Record<string, object>,
    ) as SettingSchema;
}

function read(name: string): SettingSchema {
  return JSON.parse(readFileSync(path.join(projectRoot, 'config', `${name}.schema.json`), 'utf8'));
}
