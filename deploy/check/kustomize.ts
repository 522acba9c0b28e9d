/** Checks the kustomizations: their members, the files that they name, and by kustomize itself on machines that have it. */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Ajv } from 'ajv';
import type { Generated } from './references.ts';

export interface Kustomization {
  readonly resources?: readonly string[];
  readonly patches?: readonly { readonly path: string }[];
  readonly configMapGenerator?: readonly Generator[];
  readonly secretGenerator?: readonly Generator[];
}

interface Generator {
  readonly name: string;
  readonly files?: readonly string[];
  readonly envs?: readonly string[];
}

const run = promisify(execFile);
const text = { type: 'string', minLength: 1 };
const texts = { type: 'array', items: text };
const closed = (properties: object, required: readonly string[] = []) => {
  return { type: 'object', additionalProperties: false, required, properties };
};
const generators = {
  type: 'array',
  items: closed(
    {
      name: text,
      files: texts,
      envs: texts,
      behavior: { enum: ['create', 'merge', 'replace'] },
      options: closed({ disableNameSuffixHash: { type: 'boolean' } }),
    },
    ['name'],
  ),
};
/** Of kustomize.config.k8s.io/v1beta1, as much as is used here. */
const form = closed(
  {
    apiVersion: { const: 'kustomize.config.k8s.io/v1beta1' },
    kind: { const: 'Kustomization' },
    namespace: text,
    resources: texts,
    images: { type: 'array', items: closed({ name: text, newName: text, newTag: text }, ['name']) },
    labels: {
      type: 'array',
      items: closed({ pairs: { type: 'object', additionalProperties: text }, includeTemplates: { type: 'boolean' } }, [
        'pairs',
      ]),
    },
    patches: { type: 'array', items: closed({ path: text }, ['path']) },
    configMapGenerator: generators,
    secretGenerator: generators,
  },
  ['apiVersion', 'kind'],
);

/** `file` is relative to `root`. Secrets are made by whoever deploys. */
export function kustomizationFaults(root: string, file: string, kustomization: Kustomization): string[] {
  const validate = new Ajv({ allErrors: true }).compile(form);
  validate(kustomization);
  const errors = (validate.errors ?? []).map(({ instancePath, message, params }) => {
    return `${file} ${instancePath}: ${message} ${Object.values(params).join(' ')}`;
  });
  const { resources = [], patches = [], configMapGenerator = [] } = kustomization;
  const named = [...resources, ...patches.map((patch) => patch.path), ...configMapGenerator.flatMap(filesOf)];
  const wanted = named.map((name) => path.join(path.dirname(file), name));
  const lacking = wanted.filter((name) => !existsSync(path.join(root, name)));
  return [...errors, ...lacking.map((name) => `${file}: there is no ${name}`)];
}

const filesOf = ({ files = [] }: Generator) => files;

export function generatedBy(kustomizations: readonly Kustomization[]): Generated {
  const all = kustomizations.flatMap(({ configMapGenerator = [], secretGenerator = [] }) => [
    ...configMapGenerator,
    ...secretGenerator,
  ]);
  return new Map(all.map((one) => [one.name, filesOf(one).map((file) => path.basename(file))]));
}

/** Builds the overlay, with empty files for its secrets. */
export async function builtFaults(
  root: string,
  overlay: string,
  { secretGenerator = [] }: Kustomization,
): Promise<string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lienthong-kustomize-'));
  try {
    await cp(root, folder, { recursive: true, filter: (source) => path.basename(source) !== 'secrets' });
    for (const file of secretGenerator.flatMap(({ files = [], envs = [] }) => [...files, ...envs])) {
      await mkdir(path.dirname(path.join(folder, overlay, file)), { recursive: true });
      await writeFile(path.join(folder, overlay, file), '');
    }
    await run('kubectl', ['kustomize', path.join(folder, overlay)]);
    return [];
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { readonly stderr?: string };
    if (code !== 'ENOENT') return [`${overlay}: ${stderr?.trim()}`];
    console.error('the kustomizations are not built: there is no kubectl on this machine');
    return [];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
