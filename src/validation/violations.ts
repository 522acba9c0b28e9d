/** Says in plain words which rules a message breaks and what would be right, without repeating what the message holds. */

import type { ErrorObject } from 'ajv/dist/2020.js';
import type { Violation } from '../problems.ts';
import type { Formats } from './formats.ts';

type Report = (errors: readonly ErrorObject[]) => readonly Violation[];

/** Names that one message lists before it breaks off. */
const namesListedMax = 40;

/** Ajv reports these beside the inner rules that were really broken. */
const wrappers: ReadonlySet<string> = new Set(['if', 'propertyNames']);

/** Makes the translation of Ajv's errors, which must come from an Ajv with `verbose` and the same formats. */
export function createReport(formats: Formats, errorsMax: number): Report {
  return (errors) => {
    const violations = new Map<string, Violation>();
    for (const error of errors) {
      if (violations.size >= errorsMax) break;
      if (wrappers.has(error.keyword)) continue;
      const violation = { pointer: pointerOf(error), rule: ruleOf(error), message: messageOf(error, formats) };
      violations.set(`${violation.pointer}\n${violation.rule}\n${violation.message}`, violation);
    }
    return [...violations.values()];
  };
}

/** RFC 6901. A missing or unknown member is named itself, since that is the one to mend. */
function pointerOf(error: ErrorObject): string {
  const { missingProperty, additionalProperty, unevaluatedProperty, i, j } = error.params;
  const member = missingProperty ?? additionalProperty ?? unevaluatedProperty ?? error.propertyName;
  if (typeof member === 'string') return `${error.instancePath}/${escapeToken(member)}`;
  return error.keyword === 'uniqueItems' ? `${error.instancePath}/${Math.max(i, j)}` : error.instancePath;
}

function escapeToken(token: string): string {
  return token.replaceAll('~', '~0').replaceAll('/', '~1');
}

function ruleOf(error: ErrorObject): string {
  return error.keyword === 'format' ? `format:${error.params.format}` : error.keyword;
}

function messageOf(error: ErrorObject, formats: Formats): string {
  if (error.keyword === 'format') return formats.get(error.params.format)?.(error.data as string) ?? 'is malformed';
  return messages[error.keyword]?.(error) ?? error.message ?? 'breaks this rule';
}

/** By keyword; the other keywords' messages are Ajv's own, which repeat no value either. */
const messages: Readonly<Record<string, (error: ErrorObject) => string>> = {
  type: ({ params }) => `must be ${[params.type].flat().map(kindOf).join(' or ')}`,
  required: () => 'must be present',
  dependentRequired: ({ params }) => `must be present where ${params.property} is`,
  additionalProperties: unknownMember,
  unevaluatedProperties: unknownMember,
  'false schema': () => 'must be absent',
  enum: ({ params }) => `must be one of: ${list(params.allowedValues)}`,
  const: ({ params }) => `must be ${JSON.stringify(params.allowedValue)}`,
  pattern: (error) => `must match ${error.params.pattern}${titled(error)}`,
  minLength: ({ params }) =>
    params.limit === 1 ? 'must not be empty' : `must have at least ${params.limit} characters`,
  maxLength: ({ params }) => `must have at most ${params.limit} characters`,
  minItems: ({ params }) => (params.limit === 1 ? 'must not be empty' : `must have at least ${params.limit} items`),
  maxItems: ({ params }) => `must have at most ${params.limit} items`,
  uniqueItems: () => 'must not repeat an earlier item',
  minimum: ({ params }) => `must be at least ${params.limit}`,
  maximum: ({ params }) => `must be at most ${params.limit}`,
};

function kindOf(type: string): string {
  if (type === 'boolean') return 'true or false';
  if (type === 'null') return 'null';
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

function unknownMember({ parentSchema }: ErrorObject): string {
  const known = Object.keys(parentSchema?.properties ?? {});
  return known.length === 0 ? 'must be absent' : `must be absent: the members here are ${list(known)}`;
}

function titled({ parentSchema }: ErrorObject): string {
  return typeof parentSchema?.title === 'string' ? ` (${parentSchema.title})` : '';
}

function list(names: readonly unknown[]): string {
  const shown = names.slice(0, namesListedMax).map((name) => (typeof name === 'string' ? name : JSON.stringify(name)));
  return names.length > namesListedMax ? `${shown.join(', ')}, …` : shown.join(', ');
}
