/** Checks the Kubernetes manifests against the API's own types, made from its OpenAPI: unknown members, wrong types, missing ones; that what they name is there, and values that no type tells. */

import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import ts from 'typescript';
import { parse, parseAllDocuments } from 'yaml';
import { builtFaults, generatedBy, type Kustomization, kustomizationFaults } from './kustomize.ts';
import { type Manifest, unresolved } from './references.ts';
import { type PlacedManifest, valueFaults } from './values.ts';

export async function checkKubernetes(folder: string): Promise<string[]> {
  const root = path.join(folder, 'kubernetes');
  const files = (await readdir(root, { recursive: true })).filter((file) => file.endsWith('.yaml'));
  const faults: string[] = [];
  const sources = new Map<string, string>();
  const base: Manifest[] = [];
  const placed: PlacedManifest[] = [];
  const kustomizations = new Map<string, Kustomization>();
  for (const file of files.filter((file) => !file.includes('config/'))) {
    const text = await readFile(path.join(root, file), 'utf8');
    if (path.basename(file) === 'kustomization.yaml') {
      kustomizations.set(path.dirname(file), parse(text));
      faults.push(...kustomizationFaults(root, file, parse(text)));
      continue;
    }
    for (const [nth, document] of parseAllDocuments(text).entries()) {
      faults.push(...document.errors.map(({ message }) => `${file}: ${message}`));
      if (file.startsWith('base')) base.push(document.toJS());
      placed.push({ place: file, manifest: document.toJS() });
      // An overlay's patch holds only what differs.
      sources.set(`${file} [${nth}]`, sourceOf(document.toJS(), file.startsWith('overlays')));
    }
  }
  faults.push(...unresolved(base, generatedBy([...kustomizations.values()])));
  // Overlays' patches after what they are laid over.
  faults.push(
    ...(await valueFaults(
      root,
      placed.sort((one, other) => (one.place < other.place ? -1 : 1)),
    )),
  );
  // Only what resolves is worth compiling and building.
  if (faults.length === 0) faults.push(...typeFaults(root, sources));
  for (const [overlay, kustomization] of kustomizations) {
    if (faults.length === 0 && overlay !== 'base') faults.push(...(await builtFaults(root, overlay, kustomization)));
  }
  return faults;
}

/** The manifest as a literal of its kind's type, so that the compiler meets every member. */
function sourceOf(manifest: Manifest, isPatch: boolean): string {
  const { apiVersion, kind } = manifest;
  const type = `I${kind}`;
  const checked = isPatch ? `Partially<${type}>` : type;
  return [
    `import type { ${type} } from 'kubernetes-models/${apiVersion}';`,
    'type Partially<T> = T extends readonly (infer Item)[] ? Partially<Item>[] : T extends object ? { [Key in keyof T]?: Partially<T[Key]> } : T;',
    `export const manifest: ${checked} = ${JSON.stringify(manifest, undefined, 1)};`,
  ].join('\n');
}

function typeFaults(root: string, sources: ReadonlyMap<string, string>): string[] {
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
  };
  const virtual = new Map([...sources].map(([name, source]) => [path.join(root, `${name}.mts`), source]));
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile: read, getSourceFile } = host;
  host.fileExists = (file) => virtual.has(file) || fileExists(file);
  host.readFile = (file) => virtual.get(file) ?? read(file);
  host.getSourceFile = (file, target, ...rest) => {
    const source = virtual.get(file);
    return source === undefined ? getSourceFile(file, target, ...rest) : ts.createSourceFile(file, source, target);
  };
  const program = ts.createProgram([...virtual.keys()], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    const name = file === undefined ? 'kubernetes' : path.relative(root, file.fileName).replace(/\.mts$/, '');
    return `${name}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}
