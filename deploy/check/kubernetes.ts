/** Checks the Kubernetes manifests against the API's own types, made from its OpenAPI: unknown members, wrong types, missing ones. */

import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import ts from 'typescript';
import { parse, parseAllDocuments } from 'yaml';

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
}

interface Kustomization {
  readonly resources?: readonly string[];
  readonly patches?: readonly { readonly path: string }[];
  readonly configMapGenerator?: readonly { readonly files: readonly string[] }[];
}

export async function checkKubernetes(folder: string): Promise<string[]> {
  const root = path.join(folder, 'kubernetes');
  const files = (await readdir(root, { recursive: true })).filter((file) => file.endsWith('.yaml'));
  const faults: string[] = [];
  const sources = new Map<string, string>();
  for (const file of files.filter((file) => !file.includes('config/'))) {
    const text = await readFile(path.join(root, file), 'utf8');
    if (path.basename(file) === 'kustomization.yaml') {
      faults.push(...missingFiles(root, file, parse(text)));
      continue;
    }
    for (const [nth, document] of parseAllDocuments(text).entries()) {
      faults.push(...document.errors.map(({ message }) => `${file}: ${message}`));
      // An overlay's patch holds only what differs.
      sources.set(`${file} [${nth}]`, sourceOf(document.toJS(), file.startsWith('overlays')));
    }
  }
  return [...faults, ...typeFaults(root, sources)];
}

function missingFiles(root: string, file: string, kustomization: Kustomization): string[] {
  const { resources = [], patches = [], configMapGenerator = [] } = kustomization;
  const named = [
    ...resources,
    ...patches.map((patch) => patch.path),
    ...configMapGenerator.flatMap((map) => map.files),
  ];
  const wanted = named.map((name) => path.relative(root, path.join(root, path.dirname(file), name)));
  return wanted.filter((name) => !existsSync(path.join(root, name))).map((name) => `${file}: there is no ${name}`);
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
