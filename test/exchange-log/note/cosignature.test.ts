import { generateKeyPairSync } from 'node:crypto';
import t from 'tap';
import { cosignatureSeconds } from '../../../src/exchange-log/note/cosignature.ts';
import { createCosigner, createSigner, parseSignerKey, parseVerifierKey } from '../../../src/exchange-log/note/keys.ts';
import {
  formatNote,
  formatSignature,
  openNote,
  parseNote,
  parseSignatures,
  signatureOf,
  signNote,
} from '../../../src/exchange-log/note/note.ts';

/** Made by github.com/transparency-dev/formats v0.1.1 with the keys of its own tests. */
const text = 'Log\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n';
const cosigned = `${text}
— Known /dNYkgAAAABrAjBkF9QWkqKk5o5rGidBWcP2NuTjwrrErkEi04pBondnPvM6ibPdomCVhvkV2KnYkLQ0OQiR1cyaI9WIvj3c0yITAQ==
`;
const timeSeconds = 1_795_305_572;
const known = parseVerifierKey('Known+fdd35892+BHAQ0T7lbwuY4ABJ9/MYY9bWV3hmSyOGVt2x42NkmdUH');
const { name, privateKey } = parseSignerKey('PRIVATE+KEY+Known+451c786d+AQPRoE2+Z+Ed1HaHBA9F/FfracvcZ2rDU39kCecMEoci');

t.test("another implementation's cosignature opens, and ours is the same byte for byte", async (t) => {
  const [signature] = openNote(cosigned, [known]).signatures;
  t.equal(signature && cosignatureSeconds(signature.signature), timeSeconds);
  t.equal(
    signNote(
      text,
      createCosigner(name, privateKey, () => timeSeconds),
    ),
    cosigned,
  );
});

t.test('the line that a witness answers with joins the signatures of the log', async (t) => {
  const log = createSigner('Log', generateKeyPairSync('ed25519').privateKey);
  const note = parseNote(signNote(text, log));
  const line = formatSignature(
    signatureOf(
      note.text,
      createCosigner(name, privateKey, () => timeSeconds),
    ),
  );
  const joined = formatNote({ ...note, signatures: [...note.signatures, ...parseSignatures(line)] });
  t.equal(openNote(joined, [log.verifier, known]).signatures.length, 2);
  for (const bad of ['', '\n', line.slice(0, -1), `${line}\n`, `\n${line}`, `${line}further\n`]) {
    t.throws(() => parseSignatures(bad), { name: 'NoteError', fault: 'malformed' }, JSON.stringify(bad));
  }
});

t.test("the time of the specification's example is read", async (t) => {
  const line =
    '— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n';
  const [signature] = parseNote(`${text}\n${line}`).signatures;
  t.equal(signature && cosignatureSeconds(signature.signature), 1_679_315_147);
});

t.test('a cosignature holds for its text, its time and its type alone', async (t) => {
  const forged = { name: 'NoteError', fault: 'forged' };
  t.throws(() => openNote(cosigned.replace('Log\n8', 'Log\n9'), [known]), forged, 'another text');
  t.throws(() => openNote(cosigned.replace('AABrAjBk', 'AABrAjBl'), [known]), forged, 'another time');
  const plain = createSigner(name, privateKey);
  const signature = Buffer.from(plain.sign(text));
  t.notOk(known.verify(text, signature), 'a plain signature of the same key is no cosignature');
  t.notOk(known.verify(text, Buffer.concat([Buffer.alloc(8), signature])), 'nor with a time put before it');
  const cosignature = createCosigner(name, privateKey, () => timeSeconds).sign(text);
  t.ok(known.verify(text, cosignature));
  t.notOk(plain.verifier.verify(text, cosignature.subarray(8)), 'nor the other way round');
  t.notOk(known.verify(text, cosignature.subarray(0, 5)), 'less than a time');
  t.notOk(known.verify(text, Buffer.concat([cosignature, Buffer.of(0)])), 'a byte too many');
});

t.test('a time of any 64 bits is checked, and told while it is a safe integer', async (t) => {
  const key = generateKeyPairSync('ed25519').privateKey;
  const cosignature = createCosigner('w.example', key, () => Number.MAX_SAFE_INTEGER).sign(text);
  t.equal(cosignatureSeconds(cosignature), Number.MAX_SAFE_INTEGER);
  const beyond = Buffer.from(cosignature);
  beyond.writeBigUInt64BE(2n ** 63n);
  t.throws(() => cosignatureSeconds(beyond), { name: 'NoteError', fault: 'malformed' });
  t.notOk(createCosigner('w.example', key, () => 0).verifier.verify(text, beyond));
  t.throws(() => cosignatureSeconds(cosignature.subarray(1)), { name: 'NoteError', fault: 'malformed' });
});

t.test('only a checkpoint is cosigned', async (t) => {
  const cosigner = createCosigner(name, privateKey, () => timeSeconds);
  for (const other of ['a text\n', 'a\n1\nbase64\n', `${text}\n`]) {
    t.throws(() => cosigner.sign(other), { name: 'NoteError', fault: 'malformed' }, JSON.stringify(other));
  }
});
