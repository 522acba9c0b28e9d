/** What the twelve digits of a personal identification number (số định danh cá nhân) say: AAA B CC DDDDDD, no check digit. */

/** Provinces of birth registration, codes before 1 July 2025; a PIN keeps its code when provinces merge. */
const provinceCodes: ReadonlySet<string> = new Set(
  [
    '001 002 004 006 008 010 011 012 014 015 017 019 020 022 024 025 026 027 030 031 033 034 035 036 037 038',
    '040 042 044 045 046 048 049 051 052 054 056 058 060 062 064 066 067 068 070 072 074 075 077 079 080 082',
    '083 084 086 087 089 091 092 093 094 095 096',
  ].flatMap((row) => row.split(' ')),
);

/** No province: sample people are recognisable by it, and no real person can have it. */
const sampleCode = '099';

/** Says what is wrong with a PIN, or undefined. */
export function pinFault(value: string, samplePins: boolean): string | undefined {
  if (!/^\d{12}$/.test(value)) return 'must be a personal identification number: exactly 12 digits, without spaces';
  const code = value.slice(0, 3);
  if (code === sampleCode) {
    return samplePins ? undefined : 'must not be from the sample range 099, which belongs to no real person';
  }
  if (provinceCodes.has(code) || value.charAt(0) !== '0') return undefined;
  return 'must begin with a code of the place of birth registration: a province, 001 to 096, or a country, 100 to 999';
}

/** Sex and birth year that digits 4 to 6 state; undefined unless the value has twelve digits. */
export function statedByPin(
  value: unknown,
): { readonly sex: 'male' | 'female'; readonly birthYear: number } | undefined {
  if (typeof value !== 'string' || !/^\d{12}$/.test(value)) return undefined;
  const centuryAndSex = Number(value.charAt(3));
  return {
    sex: centuryAndSex % 2 === 0 ? 'male' : 'female',
    birthYear: 1900 + 100 * Math.floor(centuryAndSex / 2) + Number(value.slice(4, 6)),
  };
}
