/** The gateway's own secrets: made on the first start, kept in generations from then on, never logged. */

import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedError } from './embedded-error.ts';
import { type KeyForm, type Secret, type SigningKey, secret, signing } from './key-forms.ts';
import { createPrivate, readPrivate, syncFolder } from './private-file.ts';

export type { SigningKey } from './key-forms.ts';

/**
 * Each key is made when it is first asked for. Generations of one name lie side by side, mode 0600: `<name>.jwk`, then
 * `<name>.2.jwk` and so on; secrets in base64url as `<name>.key`. Rotating makes one file and retiring removes one, so
 * that a crash leaves the set before or after it. EmbeddedError for a file that is damaged or open to others.
 */
export interface Keys {
  /** The newest Ed25519 key of that name. */
  signingKey(name: string): Promise<SigningKey>;
  /** The newest secret of that name. */
  secret(name: string): Promise<Buffer>;
  /** Every generation, the newest first, at least one. */
  signingKeys(name: string): Promise<Generations<SigningKey>>;
  secrets(name: string): Promise<Generations<Secret>>;
  /** Ids of the generations that there are, the newest first; makes none. */
  present(name: string, kind: KeyKind): Promise<readonly string[]>;
  /** Makes one more generation and returns its id; durable when this resolves. */
  rotate(name: string, kind: KeyKind): Promise<string>;
  /** Removes a generation for good; durable when this resolves. False where none has that id. */
  remove(name: string, kind: KeyKind, kid: string): Promise<boolean>;
}

export type Generations<T> = readonly [T, ...T[]];

export type KeyKind = 'signing' | 'secret';

interface Generation<T> {
  readonly path: string;
  readonly key: T;
}

const keyName = /^[a-z][a-z0-9-]{0,40}$/;
const forms = { signing, secret };

/** Keys of a folder that exists. */
export function openKeys(folder: string): Keys {
  const fileOf = (name: string, number: number, ending: string) =>
    join(folder, number === 1 ? `${name}.${ending}` : `${name}.${number}.${ending}`);

  /** Numbers of the generations, the newest first. */
  async function numbersOf(name: string, ending: string): Promise<number[]> {
    const form = new RegExp(`^${checked(name)}(?:\\.([2-9]|[1-9]\\d{1,5}))?\\.${ending}$`);
    const numbers = (await readdir(folder)).map((file) => form.exec(file)).filter((match) => match !== null);
    return numbers.map(([, number = '1']) => Number(number)).sort((a, b) => b - a);
  }

  async function readAll<T extends { readonly kid: string }>(name: string, form: KeyForm<T>): Promise<Generation<T>[]> {
    const numbers = await numbersOf(name, form.ending);
    return Promise.all(
      numbers.map(async (number) => {
        const path = fileOf(name, number, form.ending);
        const key = form.read((await readPrivate(path)) ?? '');
        if (key === undefined)
          throw new EmbeddedError(`${path} is damaged: restore it from a backup of the data folder`);
        return { path, key };
      }),
    );
  }

  async function kept<T extends { readonly kid: string }>(name: string, form: KeyForm<T>): Promise<Generations<T>> {
    let generations = await readAll(name, form);
    if (generations.length === 0) {
      // Two processes may make the same key at once: whichever file came to stand is the key of both.
      await createPrivate(fileOf(name, 1, form.ending), form.make());
      generations = await readAll(name, form);
    }
    return generations.map(({ key }) => key) as [T, ...T[]];
  }

  return {
    signingKey: async (name) => (await kept(name, signing))[0],
    secret: async (name) => (await kept(name, secret))[0].secret,
    signingKeys: (name) => kept(name, signing),
    secrets: (name) => kept(name, secret),
    present: async (name, kind) => (await readAll<SigningKey | Secret>(name, forms[kind])).map(({ key }) => key.kid),
    async rotate(name, kind) {
      const { ending, make, read } = forms[kind];
      const [newest = 0] = await numbersOf(name, ending);
      const text = make();
      const path = fileOf(name, newest + 1, ending);
      if (!(await createPrivate(path, text))) throw new EmbeddedError(`${path} has just been made by somebody else`);
      return (read(text) as SigningKey | Secret).kid;
    },
    async remove(name, kind, kid) {
      const found = (await readAll<SigningKey | Secret>(name, forms[kind])).find(({ key }) => key.kid === kid);
      if (found === undefined) return false;
      await rm(found.path);
      await syncFolder(folder);
      return true;
    },
  };
}

function checked(name: string): string {
  if (!keyName.test(name)) throw new EmbeddedError(`"${name}" cannot be the name of a key`);
  return name;
}
