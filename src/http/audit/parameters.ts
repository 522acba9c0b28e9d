/** Reads the parameters of a search strictly: whatever is unknown, repeated or malformed is named, with what would be right. */

import { Problem, type Violation } from '../../problems.ts';

/** Parameters of an address are all text; members of a JSON message have their own types. */
export type ParameterSource = 'query' | 'body';

export interface ParameterSet {
  readonly source: ParameterSource;
  readonly values: ReadonlyMap<string, unknown>;
  /** Found while the parameters were told apart. */
  readonly violations: readonly Violation[];
}

/** One kind of value: reads it, or says what would be right. */
export interface Form<T> {
  /** Names the rule in a violation. */
  readonly rule: string;
  /** Ends the sentence that the parameter's name begins. */
  readonly demands: (source: ParameterSource) => string;
  /** Undefined where the value has another form; a text is why it is refused although it has. */
  readonly read: (value: unknown, source: ParameterSource) => { readonly value: T } | string | undefined;
}

/** A name that may be repeated to its sender: no personal number, no bytes of another alphabet. */
const nameForm = /^[A-Za-z]{1,32}$/;

/** Of a query string without `?`. A plus sign is itself: times with an offset have one. */
export function queryParameters(query: string): ParameterSet {
  const values = new Map<string, unknown>();
  const violations: Violation[] = [];
  for (const pair of query.split('&').filter((one) => one !== '')) {
    const at = pair.indexOf('=');
    const name = decode(at === -1 ? pair : pair.slice(0, at));
    const value = decode(at === -1 ? '' : pair.slice(at + 1));
    if (name === undefined || value === undefined) {
      violations.push({ pointer: pointerOf(name), rule: 'encoding', message: 'must be percent-encoded UTF-8' });
    } else if (values.has(name)) {
      violations.push({ pointer: pointerOf(name), rule: 'repeated', message: 'may be sent once' });
    } else values.set(name, value);
  }
  return { source: 'query', values, violations };
}

/** Of a parsed JSON message. */
export function bodyParameters(message: unknown): ParameterSet {
  const isObject = typeof message === 'object' && message !== null && !Array.isArray(message);
  const violations = isObject ? [] : [{ pointer: '', rule: 'type', message: 'must be a JSON object' }];
  return { source: 'body', values: new Map(isObject ? Object.entries(message) : []), violations };
}

/** Throws Problem with every fault: `parameter-invalid` for an address, `message-invalid` for a message. */
export class Parameters {
  readonly #set: ParameterSet;
  readonly #violations: Violation[];
  readonly #known = new Set<string>();
  readonly #forbidden = new Set<string>();

  constructor(set: ParameterSet) {
    this.#set = set;
    this.#violations = [...set.violations];
  }

  /** Undefined where it is absent, or refused: then `demandAll` throws. */
  read<T>(name: string, form: Form<T>): T | undefined {
    const { source, values } = this.#set;
    this.#known.add(name);
    if (!values.has(name)) return undefined;
    const read = form.read(values.get(name), source);
    if (typeof read === 'object') return read.value;
    this.refuse(name, form.rule, read ?? form.demands(source));
    return undefined;
  }

  demand<T>(name: string, form: Form<T>): T | undefined {
    if (!this.#set.values.has(name)) this.refuse(name, 'required', form.demands(this.#set.source));
    return this.read(name, form);
  }

  /** For a parameter that has its place elsewhere. */
  forbid(name: string, message: string | ((source: ParameterSource) => string)): void {
    this.#forbidden.add(name);
    const said = typeof message === 'string' ? message : message(this.#set.source);
    if (this.#set.values.has(name)) this.refuse(name, 'unused', said);
  }

  refuse(name: string, rule: string, message: string): void {
    this.#violations.push({ pointer: pointerOf(name), rule, message });
  }

  /** To be called when everything is read. */
  demandAll(): void {
    const known = [...this.#known].join(', ');
    const said = `is no parameter here${known === '' ? '' : `; there are ${known}`}`;
    for (const name of this.#set.values.keys()) {
      if (!this.#known.has(name) && !this.#forbidden.has(name)) this.refuse(name, 'unknown', said);
    }
    const [first] = this.#violations;
    if (first === undefined) return;
    const code = this.#set.source === 'query' ? 'parameter-invalid' : 'message-invalid';
    const detail = `${first.pointer.slice(1) || 'This'} ${first.message}.`;
    throw new Problem(code, detail, { errors: this.#violations });
  }
}

function pointerOf(name: string | undefined): string {
  return name !== undefined && nameForm.test(name) ? `/${name}` : '';
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
