/** Tells the names that people have from the damage that encodings do to them. */

import { legacyEncodingOf } from './legacy-encoding.ts';

/** Counted in code points after NFC, so that a decomposed name has no fewer letters to spend. */
const charactersMax = 100;

/** NFC shortens Vietnamese text to a third at most; anything longer is too long in every form. */
const unitsMax = charactersMax * 4;

const letter = 'A-Za-z\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u024F\\u1E00-\\u1EFF';
/** Marks that no precomposed letter could take in, at most two a letter. */
const marks = '[\\u0300-\\u036F]{0,2}';
const apostrophe = "'\\u2019\\u02BB\\u02BC";
const hyphen = '\\-\\u2010\\u2011';

/** Words of letters, joined and ended by apostrophes, hyphens and full stops, parted by single spaces. */
const name = new RegExp(`^(?! )(?:[${letter}]${marks}|[${apostrophe}${hyphen}.]| (?! |$))+$`, 'u');
const someLetter = new RegExp(`[${letter}]`, 'u');

/** Says what is wrong with a name, or undefined. Unicode NFC and NFD are both accepted. */
export function personNameFault(value: string): string | undefined {
  if (value === '') return 'must not be empty';
  if (value.length > unitsMax) return tooLong;
  const text = value.normalize('NFC');
  if (text.length > charactersMax && [...text].length > charactersMax) return tooLong;
  const encoding = legacyEncodingOf(text);
  if (encoding !== undefined) return `must be Unicode text in UTF-8; this is ${encoding}`;
  if (!name.test(text)) return characterFault(text);
  return someLetter.test(text) ? undefined : 'must hold at least one letter';
}

const tooLong = `must have at most ${charactersMax} characters, counted after Unicode normalisation (NFC)`;

/** The first cause that fits, most telling first. */
function characterFault(text: string): string {
  return causes.find(([pattern]) => pattern.test(text))?.[1] ?? foreign;
}

const causes: readonly (readonly [RegExp, string])[] = [
  [/\uFFFD|\?/u, 'must not hold replacement characters: an earlier conversion lost letters, send the original text'],
  [
    /[\u0080-\u009F]/u,
    'must not hold C1 control characters: the text was decoded with the wrong encoding, probably UTF-8 read as Latin-1',
  ],
  [/[^\P{Cc}\u0080-\u009F]/u, 'must not hold control characters, tabs or line ends'],
  [/\p{Nd}/u, 'must not hold digits: send the name alone'],
  [/^\p{Zs}|\p{Zs}$/u, 'must not begin or end with a space'],
  [/\p{Zs}{2}/u, 'must have single spaces between its words'],
  [/[^\P{Zs} ]/u, 'must have plain spaces (U+0020) between its words'],
  [/\p{Cf}/u, 'must not hold invisible characters'],
  [
    /[\u00A1-\u00BF\u00D7\u00F7\u0192\u02C6\u02DC\u2013-\u2122]/u,
    'must not hold symbols: the text was probably decoded with the wrong encoding, or is TCVN3 or VNI, not Unicode',
  ],
  [/[^\p{Script=Latin}\P{L}]/u, 'must be in Latin letters'],
];

const foreign = 'must hold only Latin letters, single spaces, apostrophes, hyphens and full stops';
