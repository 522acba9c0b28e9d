/** The way into validation: schemas are kept and compiled here, and JSON is read here. */

export { type JsonLimits, parseJson } from './json.ts';
export { createValidation, type Validation, type ValidationOptions, type Validator } from './validation.ts';
