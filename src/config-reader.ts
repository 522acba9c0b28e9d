/** Reads YAML files of one folder against their schemas, and keeps every fault with its file and path. */

import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Document, LineCounter, parseDocument } from 'yaml';
import { createValidation, type Validation } from './validation/index.ts';

export interface ConfigFault {
  /** Relative to the configuration folder. */
  readonly file: string;
  /** JSON pointer, or line and column where the file is no YAML. */
  readonly at: string;
  readonly message: string;
}

/** What the files of a configuration folder hold, by their path in it. */
export type ConfigTexts = Readonly<Record<string, string>>;

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[]) {
    super(faults.map(describeFault).join('\n'));
    this.faults = faults;
  }
}

export function describeFault({ file, at, message }: ConfigFault): string {
  return `${at === '' ? file : `${file} ${at}`}: ${message}`;
}

const schemaFiles = ['gateway', 'members', 'agreement', 'registries', 'local-text', 'witness'];

export class ConfigReader {
  readonly faults: ConfigFault[] = [];
  /** Of all that was read. */
  readonly texts: Record<string, string> = {};
  readonly #folder: string;
  readonly #validation: Validation;
  readonly #env: NodeJS.ProcessEnv;
  readonly #known: ConfigTexts | undefined;

  /** With `known` texts there are no other files. */
  constructor(folder: string, validation: Validation, env: NodeJS.ProcessEnv, known?: ConfigTexts) {
    this.#folder = folder;
    this.#validation = validation;
    this.#env = env;
    this.#known = known;
  }

  async list(subfolder: string): Promise<string[]> {
    if (this.#known !== undefined) return Object.keys(this.#known).filter((file) => file.startsWith(`${subfolder}/`));
    const names = await readdir(path.join(this.#folder, subfolder)).catch((error: NodeJS.ErrnoException) => {
      this.#fault(subfolder, '', `cannot be listed (${error.code})`);
      return [];
    });
    return names
      .filter((name) => /\.ya?ml$/.test(name))
      .sort()
      .map((name) => `${subfolder}/${name}`);
  }

  /** With the defaults of the schema. Undefined where the file has a fault. Where there is a file of the name `patch`, it is laid over the first one (RFC 7396). */
  async read<T>(file: string, schema: string, patch?: string): Promise<T | undefined> {
    const plain = await this.#plain(file);
    const isPatched = patch !== undefined && this.#exists(patch);
    const changes = isPatched ? await this.#plain(patch) : undefined;
    if (plain === undefined || (isPatched && changes === undefined)) return undefined;
    const place = isPatched ? `${file} with ${patch}` : file;
    const merged = changes === undefined ? plain.value : mergePatch(plain.value, changes.value);
    const value: unknown = this.#fromEnvironment(place, '', merged);
    const violations = this.#validation.compile(`${schema}.schema.json`)(value);
    for (const { pointer, message } of violations) this.#fault(place, pointer === '' ? '/' : pointer, message);
    return violations.length > 0 ? undefined : (deepFreeze(value) as T);
  }

  /** Undefined where the file is no YAML. */
  async #plain(file: string): Promise<{ readonly value: unknown } | undefined> {
    const text = await this.#text(file);
    if (text === undefined) return undefined;
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, version: '1.2', schema: 'core' });
    for (const { pos, message } of document.errors) {
      const { line, col } = lines.linePos(pos[0]);
      this.#fault(file, `line ${line}, column ${col}`, withoutPlace(message));
    }
    return document.errors.length > 0 ? undefined : this.#withoutAliases(file, document);
  }

  /** Aliases are refused: a few of them make a file that fits in memory into a value that doesn't. */
  #withoutAliases(file: string, document: Document): { readonly value: unknown } | undefined {
    try {
      return { value: document.toJS({ maxAliasCount: 0 }) };
    } catch {
      this.#fault(file, '/', 'must be written out: aliases (*name) are not accepted');
      return undefined;
    }
  }

  #exists(file: string): boolean {
    return this.#known === undefined ? existsSync(path.join(this.#folder, file)) : file in this.#known;
  }

  async #text(file: string): Promise<string | undefined> {
    try {
      const text = this.#known?.[file] ?? (await readFile(path.join(this.#folder, file), 'utf8'));
      this.texts[file] = text;
      return text;
    } catch (error) {
      this.#fault(file, '', `cannot be read (${(error as NodeJS.ErrnoException).code})`);
      return undefined;
    }
  }

  /** Replaces `${NAME}` in every string, so that secrets stay out of the files. */
  #fromEnvironment(file: string, pointer: string, value: unknown): unknown {
    if (typeof value === 'string') {
      return value.replace(/\$\{([A-Z0-9_]+)\}/g, (_match, name: string) => {
        const found = this.#env[name];
        if (found === undefined) this.#fault(file, pointer, `the environment has no ${name}`);
        return found ?? '';
      });
    }
    if (Array.isArray(value))
      return value.map((item, index) => this.#fromEnvironment(file, `${pointer}/${index}`, item));
    if (typeof value !== 'object' || value === null) return value;
    const members = Object.entries(value);
    return Object.fromEntries(
      members.map(([name, inner]) => [name, this.#fromEnvironment(file, `${pointer}/${name}`, inner)]),
    );
  }

  #fault(file: string, at: string, message: string): void {
    this.faults.push({ file, at, message });
  }
}

/** The first line of the parser's message; the place in the file is told beside it. */
function withoutPlace(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '') || 'is no YAML';
}

/** JSON Merge Patch (RFC 7396 section 2): members are replaced one by one, null takes one away, a list is replaced whole. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged = new Map(Object.entries(isObject(target) ? target : {}));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name), value));
  }
  return Object.fromEntries(merged);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The schemas of all files of a configuration. Throws ConfigError. */
export async function readSchemas(folder: string): Promise<Validation> {
  const validation = createValidation({ samplePins: true, errorsMax: 500, fillsDefaults: true });
  for (const name of schemaFiles) {
    const file = `${name}.schema.json`;
    const text = await readFile(path.join(folder, file), 'utf8').catch((error: NodeJS.ErrnoException) => {
      throw new ConfigError([{ file, at: '', message: `cannot be read (${error.code})` }]);
    });
    validation.add(file, JSON.parse(text));
  }
  return validation;
}

function deepFreeze(value: unknown): unknown {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}
