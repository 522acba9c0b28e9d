/** Every `format` that a schema may use, each with words for what is wrong, since "must match format" helps nobody. */

import { fullFormats } from 'ajv-formats/dist/formats.js';
import { dateFault, yearFault, yearMonthFault } from './dates.ts';
import { personNameFault } from './person-name.ts';
import { pinFault } from './pin.ts';

/** Says what is wrong with a value and what would be right, without repeating it; undefined if all is well. */
export type Fault = (value: string) => string | undefined;
export type Formats = ReadonlyMap<string, Fault>;

/** Longest value of any format, UTF-16 code units: nothing longer reaches a regular expression. */
const valueUnitsMax = 2048;

export function createFormats(samplePins: boolean): Formats {
  const faults: Readonly<Record<string, Fault>> = {
    pin: (value) => pinFault(value, samplePins),
    date: dateFault,
    'year-month': yearMonthFault,
    year: yearFault,
    'person-name': personNameFault,
    'organisation-code': organisationCodeFault,
    'organisation-code-legacy': organisationCodeLegacyFault,
    email: emailFault,
    'date-time': standardFault('date-time', 'a date and time with its zone, such as 2026-01-05T08:00:00+07:00'),
    uri: standardFault('uri', 'an absolute URI'),
    hostname: standardFault('hostname', 'a host name'),
    ipv4: standardFault('ipv4', 'an IPv4 address'),
    ipv6: standardFault('ipv6', 'an IPv6 address'),
  };
  return new Map(Object.entries(faults).map(([name, fault]) => [name, bounded(fault)]));
}

function bounded(fault: Fault): Fault {
  return (value) => (value.length > valueUnitsMax ? 'must be far shorter' : fault(value));
}

const organisationCode = /^[A-Z]\d{2}(?:\.\d{2,3}){0,4}$/;
const organisationCodeLegacy = /^\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2}$/;

/** Decision 20/2020/QD-TTg. */
function organisationCodeFault(value: string): string | undefined {
  if (organisationCode.test(value)) return undefined;
  return organisationCodeLegacy.test(value)
    ? 'must be the new form of the organisation code, highest level first; this is the old form, lowest level first'
    : 'must be an organisation code with the highest level first, such as G01, H26 or H21.123';
}

/** The form before that decision. */
function organisationCodeLegacyFault(value: string): string | undefined {
  if (organisationCodeLegacy.test(value)) return undefined;
  return organisationCode.test(value)
    ? 'must be the old form of the organisation code, lowest level first; this is the new form, highest level first'
    : 'must be an organisation code in the old form of 13 characters, such as 000.00.18.G12';
}

/** RFC 5321 sections 4.1.2 and 4.5.3.1: a dot-string of 64 octets, a domain of 255, 254 in all; ASCII alone. */
function emailFault(value: string): string | undefined {
  const at = value.lastIndexOf('@');
  const local = value.slice(0, at);
  const atoms = local.split('.');
  const labels = value.slice(at + 1).split('.');
  const right =
    at > 0 &&
    value.length <= 254 &&
    local.length <= 64 &&
    atoms.every((atom) => /^[\w!#$%&'*+/=?^`{|}~-]+$/.test(atom)) &&
    labels.length > 1 &&
    labels.every((label) => /^[a-zA-Z0-9-]{1,63}$/.test(label) && !label.startsWith('-') && !label.endsWith('-'));
  return right ? undefined : 'must be an e-mail address, such as name@example.vn';
}

function standardFault(name: keyof typeof fullFormats, what: string): Fault {
  const format = fullFormats[name];
  const matches = typeof format === 'object' && 'validate' in format ? format.validate : format;
  return (value) => {
    const right = matches instanceof RegExp ? matches.test(value) : (matches as (text: string) => boolean)(value);
    return right ? undefined : `must be ${what}`;
  };
}
