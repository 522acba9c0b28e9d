/** The one Ajv of the gateway, so that messages, answers and configuration are all held to the same strictness. */

import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Violation } from '../problems.ts';
import { createFormats } from './formats.ts';
import { createKeywords } from './keywords.ts';
import { createReport } from './violations.ts';

/** Empty if the value is valid; never throws on any value. */
export type Validator = (value: unknown) => readonly Violation[];

export interface Validation {
  /**
   * Keeps a JSON Schema 2020-12 without `$id` under a path such as `schemas/common/pin.json`, against which its
   * relative references resolve. Throws on an invalid schema and on a key that is taken.
   */
  add(key: string, schema: object): void;
  /**
   * Compiles a kept schema, once. Throws on a reference to a schema that was not added, an unknown keyword or format,
   * and whatever else Ajv's strict mode refuses.
   */
  compile(key: string): Validator;
}

export interface ValidationOptions {
  /** Whether the sample range 099 of personal identification numbers is accepted. */
  readonly samplePins: boolean;
  /** Violations that one value is reported with; further ones are left out. */
  readonly errorsMax: number;
  /** Whether an object that is validated is given the members that it lacks and its schema has a `default` for. */
  readonly fillsDefaults?: boolean;
  /** The clock by which a date lies in the future, Unix milliseconds; the wall clock if absent. */
  readonly nowMs?: () => number;
}

export function createValidation(options: ValidationOptions): Validation {
  const { samplePins, errorsMax, fillsDefaults = false, nowMs = Date.now } = options;
  const formats = createFormats(samplePins);
  const report = createReport(formats, errorsMax);
  // `verbose` hands the value and its schema to the report; neither value nor Ajv's own error leaves this folder
  const ajv = new Ajv2020({ strict: true, allErrors: true, verbose: true, logger: false, useDefaults: fillsDefaults });
  for (const [name, fault] of formats) {
    ajv.addFormat(name, { type: 'string', validate: (value: string) => fault(value) === undefined });
  }
  for (const keyword of createKeywords(nowMs)) ajv.addKeyword(keyword);

  return {
    add(key, schema) {
      ajv.addSchema(schema, uriOf(key));
    },
    compile(key) {
      const validate = ajv.getSchema(uriOf(key));
      if (validate === undefined) throw new Error(`there is no schema ${key}`);
      return (value) => (validate(value) ? valid : report(validate.errors ?? []));
    },
  };
}

const valid: readonly Violation[] = Object.freeze([]);

/** RFC 3986 section 5.1 resolves references against an absolute URI only, so the path is given a scheme. */
function uriOf(key: string): string {
  return `file:///${key}`;
}
