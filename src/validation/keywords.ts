/** The keywords that the project's schemas use beside those of JSON Schema; strict mode would refuse them otherwise. */

import type { ErrorObject, FuncKeywordDefinition, KeywordDefinition } from 'ajv/dist/2020.js';
import { dateOrder, differ, notFuture } from './cross-field.ts';
import { statedByPin } from './pin.ts';

/** Names the members of an object that a PIN must agree with; `dateOfBirth` may be a date or a partial date. */
interface PinAgrees {
  readonly pin: string;
  readonly sex?: string;
  readonly dateOfBirth?: string;
}

type Disagreement = Pick<ErrorObject, 'keyword' | 'instancePath' | 'params' | 'message'>;
type PinAgreesCheck = ReturnType<NonNullable<FuncKeywordDefinition['compile']>>;

const dataClass: KeywordDefinition = {
  keyword: 'x-data-class',
  schemaType: 'string',
  metaSchema: { enum: ['basic', 'sensitive'] },
};

const vietnamese: KeywordDefinition = {
  keyword: 'x-vi',
  schemaType: 'object',
  metaSchema: {
    type: 'object',
    properties: { title: { type: 'string', minLength: 1 }, description: { type: 'string', minLength: 1 } },
    required: ['title'],
    additionalProperties: false,
  },
};

/** Of a push: which members of its message may be announced, by path, with their class. */
const eventFields: KeywordDefinition = {
  keyword: 'x-event-fields',
  schemaType: 'object',
  metaSchema: { type: 'object', minProperties: 1, additionalProperties: { enum: ['basic', 'sensitive'] } },
};

/** Of a push: JSON pointers to PINs in its result, of people whom its event is about. */
const eventPersons: KeywordDefinition = {
  keyword: 'x-event-persons',
  schemaType: 'array',
  metaSchema: { type: 'array', minItems: 1, items: { type: 'string' } },
};

/** Digits 4 to 6 of a PIN state century, sex and year of birth; this checks them against the members beside it. */
const pinAgrees: FuncKeywordDefinition = {
  keyword: 'x-pin-agrees',
  type: 'object',
  schemaType: 'object',
  metaSchema: {
    type: 'object',
    properties: { pin: { type: 'string' }, sex: { type: 'string' }, dateOfBirth: { type: 'string' } },
    required: ['pin'],
    additionalProperties: false,
  },
  errors: true,
  compile: (members: PinAgrees) => {
    const check: PinAgreesCheck = (value: Record<string, unknown>, context) => {
      const errors = disagreements(members, value, context?.instancePath ?? '');
      check.errors = errors;
      return errors.length === 0;
    };
    return check;
  },
};

/** `nowMs` is the clock, Unix milliseconds. */
export function createKeywords(nowMs: () => number): readonly KeywordDefinition[] {
  return [dataClass, vietnamese, eventFields, eventPersons, pinAgrees, dateOrder, differ, notFuture(nowMs)];
}

/** Silent about members that are absent or malformed: their own schemas report those. */
function disagreements(members: PinAgrees, value: Record<string, unknown>, path: string): Disagreement[] {
  const stated = statedByPin(value[members.pin]);
  if (stated === undefined) return [];
  const errors: Disagreement[] = [];
  const report = (member: string, message: string) => {
    errors.push({ keyword: pinAgrees.keyword as string, instancePath: `${path}/${member}`, params: {}, message });
  };
  const sex = members.sex === undefined ? undefined : value[members.sex];
  if (members.sex !== undefined && (sex === 'male' || sex === 'female') && sex !== stated.sex) {
    report(members.sex, `must agree with digit 4 of ${members.pin}, which is even for male and odd for female`);
  }
  const birthYear = members.dateOfBirth === undefined ? undefined : yearOf(value[members.dateOfBirth]);
  if (members.dateOfBirth !== undefined && birthYear !== undefined && birthYear !== stated.birthYear) {
    report(
      members.dateOfBirth,
      `must agree with digits 4 to 6 of ${members.pin}, which state century and year of birth`,
    );
  }
  return errors;
}

function yearOf(date: unknown): number | undefined {
  const text = typeof date === 'object' && date !== null && 'value' in date ? date.value : date;
  const year = typeof text === 'string' ? /^(\d{4})(?:-|$)/.exec(text)?.[1] : undefined;
  return year === undefined ? undefined : Number(year);
}
