import { generateKeyPairSync } from 'node:crypto';
import t from 'tap';
import { formatCheckpoint, openCheckpoint, parseCheckpoint } from '../../../src/exchange-log/note/checkpoint.ts';
import { createCosigner, createSigner, parseVerifierKey } from '../../../src/exchange-log/note/keys.ts';
import { signNote } from '../../../src/exchange-log/note/note.ts';
import { emptyRoot } from '../../../src/exchange-log/tree/hash.ts';

const malformed = { name: 'NoteError', fault: 'malformed' };

/** The example of c2sp.org/tlog-checkpoint, which is a real checkpoint of the Go checksum database under its own origin. */
const root = 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=';
const text = `example.com/behind-the-sofa\n20852163\n${root}\n`;
const sumdb = {
  origin: 'go.sum database tree',
  verifier: parseVerifierKey('sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8'),
};
const sumdbNote = `go.sum database tree
20852163
${root}

— sum.golang.org Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
`;

const key = () => generateKeyPairSync('ed25519').privateKey;

t.test('the example of the specification is read and written', async (t) => {
  const checkpoint = parseCheckpoint(text);
  t.match(checkpoint, { origin: 'example.com/behind-the-sofa', size: 20_852_163, extensions: [] });
  t.equal(checkpoint.root.toString('base64'), root);
  t.equal(formatCheckpoint(checkpoint), text);
});

t.test('a checkpoint of the Go checksum database opens with its published key', async (t) => {
  const { checkpoint, signatures } = openCheckpoint(sumdbNote, sumdb);
  t.match(checkpoint, { origin: 'go.sum database tree', size: 20_852_163 });
  t.equal(signatures.length, 1);
  t.throws(() => openCheckpoint(sumdbNote, { ...sumdb, origin: 'sum.golang.org' }), malformed, 'another origin');
  t.throws(() => openCheckpoint(sumdbNote.replace('20852163', '20852164'), sumdb), {
    name: 'NoteError',
    fault: 'forged',
  });
});

t.test('sizes from nothing to 2^53 − 1 come back', async (t) => {
  for (const size of [0, 1, 9, 10, 4_294_967_296, Number.MAX_SAFE_INTEGER]) {
    t.equal(parseCheckpoint(formatCheckpoint({ origin: 'a', size, root: emptyRoot })).size, size);
  }
});

t.test('lines that another log adds are kept', async (t) => {
  t.strictSame(parseCheckpoint(`${text}one\ntwo three\n`).extensions, ['one', 'two three']);
});

t.test('a text in any other form is no checkpoint', async (t) => {
  const wrong: [string, string][] = [
    ['nothing', ''],
    ['two lines', 'example.com\n5\n'],
    ['no final newline', text.slice(0, -1)],
    ['no final newline after further lines', `${text}one\ntwo`],
    ['a control character', text.replace('behind', 'be\thind')],
    ['a lone surrogate', text.replace('behind', 'be\ud800hind')],
    ['no origin', text.replace('example.com/behind-the-sofa', '')],
    ['a leading zero', text.replace('20852163', '020852163')],
    ['zero twice', text.replace('20852163', '00')],
    ['no size', text.replace('20852163', '')],
    ['a sign', text.replace('20852163', '+20852163')],
    ['a negative size', text.replace('20852163', '-1')],
    ['a size with a point', text.replace('20852163', '1.0')],
    ['a size with an exponent', text.replace('20852163', '1e3')],
    ['a hexadecimal size', text.replace('20852163', '0x10')],
    ['a space before the size', text.replace('20852163', ' 20852163')],
    ['other digits', text.replace('20852163', '٢٠')],
    ['a size of 2^53', text.replace('20852163', '9007199254740992')],
    ['a size of 2^64', text.replace('20852163', '18446744073709551616')],
    ['base64 without padding', text.replace('2I=', '2I')],
    ['base64 with bits to spare', text.replace('2I=', '2J=')],
    ['base64url', text.replace('om/Xaj', 'om_Xaj')],
    ['white space in base64', text.replace('CsUY', 'CsUY ')],
    ['a root of 31 bytes', `a\n1\n${Buffer.alloc(31).toString('base64')}\n`],
    ['a root of 33 bytes', `a\n1\n${Buffer.alloc(33).toString('base64')}\n`],
    ['a hexadecimal root', `a\n1\n${emptyRoot.toString('hex')}\n`],
    ['an empty line at the end', `${text}\n`],
    ['an empty line among further ones', `${text}one\n\ntwo\n`],
    ['a carriage return', text.replaceAll('\n', '\r\n')],
  ];
  for (const [name, bad] of wrong) t.throws(() => parseCheckpoint(bad), malformed, name);
});

t.test('what no tree has is not written', async (t) => {
  for (const origin of ['', 'a b', 'a+b', 'a\nb']) {
    t.throws(() => formatCheckpoint({ origin, size: 1, root: emptyRoot }), malformed, JSON.stringify(origin));
  }
  for (const size of [-1, 0.5, 2 ** 53]) {
    t.throws(() => formatCheckpoint({ origin: 'a', size, root: emptyRoot }), { name: 'RangeError' });
  }
  t.throws(() => formatCheckpoint({ origin: 'a', size: 1, root: Buffer.alloc(31) }), { name: 'RangeError' });
});

t.test("cosignatures do not stand in for the log's own signature", async (t) => {
  const [log, witness] = [createSigner('log.example', key()), createCosigner('witness.example', key(), () => 1)];
  const signed = formatCheckpoint({ origin: 'log.example', size: 0, root: emptyRoot });
  const identity = { origin: 'log.example', verifier: log.verifier };
  const both = openCheckpoint(signNote(signed, witness, log), identity, [witness.verifier]);
  t.strictSame(
    both.signatures.map(({ name }) => name),
    ['witness.example', 'log.example'],
  );
  const cosigned = signNote(signed, witness);
  t.throws(() => openCheckpoint(cosigned, identity, [witness.verifier]), { name: 'NoteError', fault: 'unsigned' });
});
