import t from 'tap';
import { parseVerifierKey } from '../../../src/exchange-log/note/keys.ts';
import { formatTlogProof, parseTlogProof, verifyTlogProof } from '../../../src/exchange-log/note/tlog-proof.ts';
import { leafHash } from '../../../src/exchange-log/tree/hash.ts';
import { eightEntries } from '../tree/reference-tree.ts';

const malformed = { name: 'NoteError', fault: 'malformed' };

/** Entry 5 of the eight-leaf tree, as github.com/transparency-dev/formats v0.1.1 writes it, with the keys of its tests. */
const file = `c2sp.org/tlog-proof@v1
extra ZXh0cmEgaW5mb3JtYXRpb24=
index 5
vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=
yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA=
037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=

Log
8
XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=

— Log InHGISOpEz61FsCXu0BXpYJ8Cas8hE2zlWa/mDDeu9BBTZhaSC6TbTTFpa0XTqiFILMQ4wHwaJiyxacsRkxir1P5wg4=
— Known /dNYkgAAAABrAjBkF9QWkqKk5o5rGidBWcP2NuTjwrrErkEi04pBondnPvM6ibPdomCVhvkV2KnYkLQ0OQiR1cyaI9WIvj3c0yITAQ==
`;
const log = {
  origin: 'Log',
  verifier: parseVerifierKey('Log+2271c621+AemuH5ooBpEPcr+W8onrjA1NfuzBVHdezakU81Ekarvs'),
};
const witness = parseVerifierKey('Known+fdd35892+BHAQ0T7lbwuY4ABJ9/MYY9bWV3hmSyOGVt2x42NkmdUH');
const leaf = leafHash(eightEntries[5] as Buffer);

t.test("another implementation's proof is read, holds, and comes back byte for byte", async (t) => {
  const proof = parseTlogProof(file);
  t.match(proof, { index: 5, extra: Buffer.from('extra information') });
  t.equal(proof.inclusion.length, 3);
  t.equal(formatTlogProof(proof), file);
  const { checkpoint, signatures } = verifyTlogProof(proof, leaf, log, [witness]);
  t.match(checkpoint, { origin: 'Log', size: 8 });
  t.equal(signatures.length, 2);
});

t.test('a proof for the only entry has no hashes, and extra data may be missing', async (t) => {
  const checkpoint = file.slice(file.indexOf('\n\n') + 2);
  const text = formatTlogProof({ index: 0, inclusion: [], checkpoint });
  t.equal(text, `c2sp.org/tlog-proof@v1\nindex 0\n\n${checkpoint}`);
  t.strictSame(parseTlogProof(text), { index: 0, inclusion: [], checkpoint });
});

t.test('a proof that was changed is refused', async (t) => {
  const verify = (text: string, ofLeaf = leaf) => verifyTlogProof(parseTlogProof(text), ofLeaf, log, [witness]);
  verify(file);
  t.throws(() => verify(file, leafHash(eightEntries[4] as Buffer)), { name: 'ProofError' }, 'another entry');
  t.throws(() => verify(file.replace('index 5', 'index 4')), { name: 'ProofError' }, 'another index');
  t.throws(() => verify(file.replace('vBoG', 'vBoH')), { name: 'ProofError' }, 'another hash');
  t.throws(() => verify(file.replace(/vBoG.*\n/, '')), { name: 'ProofError' }, 'a hash too few');
  t.throws(() => verify(file.replace('Log\n8', 'Log\n9')), { name: 'NoteError', fault: 'forged' }, 'another size');
  t.throws(() => verify(file.replace('XcnaeacG', 'XcnaeacH')), { name: 'NoteError', fault: 'forged' }, 'another root');
  t.throws(
    () => verify(file.replace('/dNYkgAAAABr', '/dNYkgAAAABq')),
    { name: 'NoteError', fault: 'forged' },
    'another cosignature',
  );
  t.throws(() => verify(file.replace(/— Log .*\n/, '')), { name: 'NoteError', fault: 'unsigned' }, 'without the log');
});

t.test('a file in any other form is no proof', async (t) => {
  const hashLine = 'vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=\n';
  const wrong: [string, string][] = [
    ['nothing', ''],
    ['another version', file.replace('@v1', '@v2')],
    ['no index', file.replace('index 5\n', '')],
    ['an index with a leading zero', file.replace('index 5', 'index 05')],
    ['a negative index', file.replace('index 5', 'index -5')],
    ['an index of 2^53', file.replace('index 5', 'index 9007199254740992')],
    ['extra data after the index', file.replace(/(extra .*\n)(index 5\n)/, '$2$1')],
    ['extra data twice', file.replace(/(extra .*\n)/, '$1$1')],
    ['extra data that is not base64', file.replace('extra ZXh0', 'extra !Xh0')],
    ['extra data of nothing', file.replace(/extra .*\n/, 'extra \n')],
    ['a hash that is not base64', file.replace('vBoG', '!BoG')],
    ['a hash of another width', file.replace('vBoG', '')],
    ['too many hashes', file.replace(hashLine, hashLine.repeat(62))],
    ['no empty line', file.replace('\n\nLog', '\nLog')],
    ['two empty lines', file.replace('\n\nLog', '\n\n\nLog')],
    ['no checkpoint', file.slice(0, file.indexOf('\n\n') + 2)],
    ['a note that is no checkpoint', file.replace('Log\n8\n', 'Log\n')],
    ['no signature', file.slice(0, file.indexOf('— Log'))],
    ['no final newline', file.slice(0, -1)],
    ['a further line', `${file}further\n`],
    ['carriage returns', file.replaceAll('\n', '\r\n')],
  ];
  for (const [name, bad] of wrong) t.throws(() => parseTlogProof(bad), malformed, name);
  const proof = parseTlogProof(file);
  t.throws(() => formatTlogProof({ ...proof, index: -1 }), malformed);
  t.throws(() => formatTlogProof({ ...proof, inclusion: [Buffer.alloc(31)] }), malformed);
  t.throws(() => formatTlogProof({ ...proof, checkpoint: 'no note' }), malformed);
});
