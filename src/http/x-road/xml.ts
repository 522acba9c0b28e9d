/** Puts text into XML so that no value can become markup or make the document ill-formed. */

/** Character data of an element; what XML 1.0 section 2.2 forbids becomes U+FFFD. */
export function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(FORBIDDEN, '\ufffd')
    .replace(MARKUP, (character) => REFERENCES[character] as string);
}

/** All control characters but tab, line feed and carriage return, and the two that are no characters. */
const FORBIDDEN = /[^\P{Cc}\t\n\r\x7f-\x9f]|[\ufffe\uffff]/gu;
const MARKUP = /[&<>"'\r]/g;
const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#13;',
};
