/** Every message schema of the repository in one validation, as the gateway loads them. */

import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createValidation, type Validation } from '../../src/validation/index.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Keys are paths from the repository, such as `schemas/common/pin.json`; sample PINs are accepted. */
export function messageSchemas(): Validation {
  const validation = createValidation({ samplePins: true, errorsMax: 20 });
  for (const file of globSync('schemas/**/*.json', { cwd: root })) {
    validation.add(file, JSON.parse(readFileSync(`${root}${file}`, 'utf8')));
  }
  return validation;
}
