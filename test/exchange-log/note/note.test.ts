import t from 'tap';
import { createSigner, parseSignerKey, parseVerifierKey } from '../../../src/exchange-log/note/keys.ts';
import {
  formatNote,
  type NoteSignature,
  openNote,
  parseNote,
  signaturesMax,
  signNote,
} from '../../../src/exchange-log/note/note.ts';

const malformed = { name: 'NoteError', fault: 'malformed' };
const forged = { name: 'NoteError', fault: 'forged' };
const unsigned = { name: 'NoteError', fault: 'unsigned' };

/** The example of the specification, c2sp.org/signed-note. */
const example = {
  verifier: parseVerifierKey('example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'),
  text: 'This is an example message.\n',
  note: `This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
`,
};

/** The example of golang.org/x/mod/sumdb/note, and its second signer. */
const peterKey = parseSignerKey('PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz');
const peter = createSigner(peterKey.name, peterKey.privateKey);
const enoch = parseVerifierKey('EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop');
const text = `If you think cryptography is the answer to your problem,
then you don't know what your problem is.
`;
const peterLine =
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';
const enochLine =
  '— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n';
const note = `${text}\n${peterLine}${enochLine}`;

const namesOf = (signatures: readonly NoteSignature[]) => signatures.map(({ name }) => name);

t.test('the example of the specification opens with its key', async (t) => {
  const opened = openNote(example.note, [example.verifier]);
  t.equal(opened.text, example.text);
  t.match(opened.signatures, [{ name: 'example.com/foo', keyId: 0x530d903a }]);
  t.equal(formatNote(opened), example.note);
  t.same(openNote(Buffer.from(example.note), [example.verifier]), opened, 'as bytes too');
});

t.test('signing gives byte for byte what Go gives', async (t) => {
  t.equal(signNote(text, peter), `${text}\n${peterLine}`);
});

t.test('a note opens with the keys that are known, whatever others signed', async (t) => {
  t.strictSame(namesOf(openNote(note, [peter.verifier]).signatures), ['PeterNeumann']);
  t.strictSame(namesOf(openNote(note, [enoch, peter.verifier]).signatures), ['PeterNeumann', 'EnochRoot']);
  t.throws(() => openNote(note, [example.verifier]), unsigned);
  t.throws(() => openNote(note, []), unsigned);
  const [signature] = parseNote(note).signatures as [NoteSignature];
  const renamed = formatNote({ text, signatures: [{ ...signature, name: 'EnochRoot' }] });
  t.throws(() => openNote(renamed, [peter.verifier, enoch]), unsigned, 'the same key id under another name');
  const namesake = createSigner(
    'PeterNeumann',
    parseSignerKey('PRIVATE+KEY+Log+2271c621+AdEIq9FLRQni54Wg68T96VJO+iayOaulswav2DUMKgvQ').privateKey,
  );
  t.throws(() => openNote(note, [namesake.verifier]), unsigned, 'a key of the same name is another key');
});

t.test('a signature counts once, however often it stands there', async (t) => {
  const opened = openNote(`${text}\n${peterLine}${peterLine}${enochLine}`, [peter.verifier, enoch]);
  t.strictSame(namesOf(opened.signatures), ['PeterNeumann', 'EnochRoot']);
});

t.test('a changed text, or one wrong signature of a known key, refuses the whole note', async (t) => {
  t.throws(() => openNote(note.replace('answer', 'Answer'), [peter.verifier]), forged);
  t.throws(() => openNote(note.replace('x08go/ZJ', 'x08go/ZK'), [peter.verifier, enoch]), forged);
  const twice = `${text}\n${peterLine}${peterLine.replace('x08go/ZJ', 'x08go/ZK')}`;
  t.throws(() => openNote(twice, [peter.verifier]), forged, 'a wrong one after a right one');
  t.throws(() => openNote(note.replace('rwz+eBzm', 'rwz+eBzn'), [peter.verifier, enoch]), forged);
  const short = Buffer.from(peterLine.split(' ')[2] as string, 'base64')
    .subarray(0, 40)
    .toString('base64');
  t.throws(() => openNote(`${text}\n— PeterNeumann ${short}\n`, [peter.verifier]), forged);
});

t.test('a text may have empty lines, and lines that look like signatures', async (t) => {
  const poem = `Ognuno sta solo\n\n${peterLine}\n\nè subito sera.\n`;
  const opened = openNote(signNote(poem, peter), [peter.verifier]);
  t.equal(opened.text, poem);
});

t.test('what is no signed note is refused', async (t) => {
  const wrong: [string, string][] = [
    ['nothing', ''],
    ['no signatures', text],
    ['no signatures after the empty line', `${text}\n`],
    ['no empty line', `${text}${peterLine}`],
    ['no final newline', note.slice(0, -1)],
    ['an empty line at the end', `${note}\n`],
    ['a further line', `${note}further\n`],
    ['a carriage return', note.replaceAll('\n', '\r\n')],
    ['a tab in the text', note.replace(' you', '\tyou')],
    ['a control character in a name', note.replace('EnochRoot', 'Enoch\u0007Root')],
    ['a hyphen for the dash', note.replace('— Enoch', '- Enoch')],
    ['a plus in a name', note.replace('EnochRoot', 'Enoch+Root')],
    ['a space in a name', note.replace('EnochRoot', 'Enoch\u3000Root')],
    ['no name', note.replace('EnochRoot', '')],
    ['two spaces', note.replace('EnochRoot ', 'EnochRoot  ')],
    ['a space at the end', note.replace(/=\n$/, '= \n')],
    ['no signature', note.replace(/EnochRoot .*/, 'EnochRoot')],
    ['a signature that is its key id alone', note.replace(/EnochRoot .*/, 'EnochRoot rwz+eA==')],
    ['base64 without padding', note.replace(/=\n$/, '\n')],
    ['base64 with bits to spare', note.replace(/QQ=\n$/, 'QR=\n')],
    ['base64url', note.replace('rwz+', 'rwz-')],
    ['a lone surrogate', note.replace('answer', '\ud800')],
  ];
  for (const [name, bad] of wrong) t.throws(() => parseNote(bad), malformed, name);
  t.throws(() => parseNote(note.slice(0, -1)), { message: 'the last signature line has no newline' });
  const notUtf8 = Buffer.from(note);
  notUtf8[3] = 0xff;
  t.throws(() => parseNote(notUtf8), malformed, 'not UTF-8');
  const marked = Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), Buffer.from(note)]);
  t.throws(() => openNote(marked, [peter.verifier]), forged, 'a byte order mark is part of the text');
});

t.test('a note has at most so many signatures', async (t) => {
  const lines = (count: number) => `${text}\n${enochLine.repeat(count - 1)}${peterLine}`;
  t.equal(parseNote(lines(signaturesMax)).signatures.length, signaturesMax);
  t.throws(() => parseNote(lines(signaturesMax + 1)), malformed);
});

t.test('a text that cannot be read back is not signed', async (t) => {
  for (const bad of ['', 'no newline', 'a\ttab\n', 'a\u0000zero\n', 'a lone \udc00\n']) {
    t.throws(() => signNote(bad, peter), malformed, JSON.stringify(bad));
  }
  t.throws(() => signNote(text), malformed, 'a note that nobody signs');
  t.throws(() => formatNote({ text, signatures: [{ name: 'a b', keyId: 1, signature: Buffer.alloc(64) }] }), malformed);
});
