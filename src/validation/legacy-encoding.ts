/** Recognises names whose bytes were read in the wrong encoding, so that the caller hears the cause instead of a mismatch. */

import { isAscii, isUtf8 } from 'node:buffer';
import { isVietnameseSyllable } from './vietnamese-syllable.ts';

/**
 * Names the encoding that the text is really in, or undefined. A verdict needs proof: the text decodes into UTF-8, or
 * every word of it is or decodes into a Vietnamese syllable and at least one is none before. Names such as Zoë, Håkan
 * or João therefore pass.
 */
export function legacyEncodingOf(text: string): string | undefined {
  if (!beyondAscii.test(text) || !singleByte.test(text)) return undefined;
  if (isMisreadUtf8(text)) return 'UTF-8 that was read as Windows-1252 or Latin-1';
  const words = text.split(/[ .'-]+/).filter((word) => word !== '');
  const doubtful = words.filter((word) => !isRealWord(word));
  // unaccented words alone prove nothing, so a name of real words and plain letters is left in peace
  if (!doubtful.some((word) => beyondAscii.test(word))) return undefined;
  if (doubtful.every((word) => isVietnameseSyllable(fromTcvn3(word))))
    return 'TCVN3 (ABC) text that was never converted';
  if (doubtful.every((word) => isVietnameseSyllable(fromVni(word)))) return 'VNI text that was never converted';
  return undefined;
}

/** Windows-1252 0x80 to 0x9F; the positions without a character stand for themselves. */
const windows1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008DŽ\u008F\u0090‘’“”•–—˜™š›œ\u009DžŸ';
/** Text with any other character was decoded as Unicode. */
const singleByte = new RegExp(`^[\\0-\\u00FF${windows1252}]*$`, 'u');
const beyondAscii = /[^ -~]/u;

/** A lead byte of UTF-8 before anything that is no ASCII: without one there is nothing to decode. */
const leadByte = /[\u00C2-\u00F4][^ -~]/u;

function isMisreadUtf8(text: string): boolean {
  if (!leadByte.test(text)) return false;
  const bytes = Uint8Array.from(text, (character) => {
    const at = windows1252.indexOf(character);
    return at === -1 ? character.charCodeAt(0) : 0x80 + at;
  });
  return isUtf8(bytes) && !isAscii(bytes);
}

function isRealWord(word: string): boolean {
  return isVietnameseSyllable(word) || foreignWords.has(word.toLowerCase());
}

/** Given names that decode into a Vietnamese syllable by chance. */
const foreignWords: ReadonlySet<string> = new Set(['loïc', 'naïm', 'maï', 'seán', 'bø']);

/** TCVN 5712:1993 VN3, 0xA1 to 0xFE where it has a letter; upper-case letters with tone marks share the small ones. */
const tcvn3Codes = '¡¢£¤¥¦§¨©ª«¬\u00AD®µ¶·¸¹»¼½¾ÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖ×ØÜÝÞßáâãäåæçèéêëìíîïñòóôõö÷øùúûüýþ';
const tcvn3Letters = 'ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ';
const tcvn3: ReadonlyMap<string, string> = aligned(tcvn3Codes, tcvn3Letters);

function fromTcvn3(word: string): string {
  return Array.from(word, (character) => tcvn3.get(character) ?? character).join('');
}

/** VNI letters of one byte. */
const vniLetters: ReadonlyMap<string, string> = aligned('ñöôæóòî', 'đươỉĩịỵ');
/** The byte that VNI puts behind a vowel, and the combining marks that it stands for. */
const vniMarks: ReadonlyMap<string, string> = new Map([
  ...aligned('ùøûõï', '\u0301\u0300\u0309\u0303\u0323'),
  ...circled('âáàåãä', '\u0302'),
  ...circled('êéèúüë', '\u0306'),
]);

function fromVni(word: string): string {
  return word
    .toLowerCase()
    .replace(/([aeouyöô])([ùøûõïâáàåãäêéèúüë])/g, (_, vowel: string, mark: string) =>
      `${vniLetters.get(vowel) ?? vowel}${vniMarks.get(mark)}`.normalize('NFC'),
    )
    .replace(/[ñöôæóòî]/g, (character) => vniLetters.get(character) ?? character);
}

/** A circumflex or breve alone, then with acute, grave, hook, tilde and dot. */
function circled(codes: string, base: string): [string, string][] {
  const tones = ['', '\u0301', '\u0300', '\u0309', '\u0303', '\u0323'];
  return Array.from(codes, (code, index) => [code, base + tones[index]]);
}

function aligned(from: string, to: string): Map<string, string> {
  const targets = Array.from(to);
  return new Map(Array.from(from, (character, index) => [character, targets[index] ?? character]));
}
