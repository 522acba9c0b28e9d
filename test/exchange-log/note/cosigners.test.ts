import t from 'tap';
import { demandCosigners } from '../../../src/exchange-log/note/cosigners.ts';
import { createCosigner, createSigner } from '../../../src/exchange-log/note/keys.ts';
import { signNote } from '../../../src/exchange-log/note/note.ts';
import { makeWitnessKey } from '../../support/witness-fixture.ts';

const text = `log.example/1\n8\n${Buffer.alloc(32).toString('base64')}\n`;
const log = createSigner('log.example/1', makeWitnessKey());
const [first, second, third] = ['w.example/1', 'w.example/2', 'w.example/3'].map((name) =>
  createCosigner(name, makeWitnessKey(), () => 1_700_000_000),
) as [ReturnType<typeof createCosigner>, ReturnType<typeof createCosigner>, ReturnType<typeof createCosigner>];
const trust = (wanted: number, ...some: (typeof first)[]) => ({ keys: some.map(({ verifier }) => verifier), wanted });

t.test('who cosigned is named with the time, and what nobody asked about is counted', async (t) => {
  const note = signNote(text, log, first, second);
  t.same(demandCosigners(note, log.name, trust(1, second, third)), {
    cosigners: [{ name: 'w.example/2', seconds: 1_700_000_000 }],
    unchecked: 1,
  });
  t.same(demandCosigners(note, log.name, trust(0)), { cosigners: [], unchecked: 2 });
});

t.test('too few are refused, however often one of them signed', async (t) => {
  const note = signNote(text, log, first, first, first);
  t.equal(demandCosigners(note, log.name, trust(1, first, second)).cosigners.length, 1);
  t.throws(() => demandCosigners(note, log.name, trust(2, first, second)), { name: 'NoteError', fault: 'unsigned' });
  t.throws(() => demandCosigners(signNote(text, log), log.name, trust(1, first)), {
    name: 'NoteError',
    fault: 'unsigned',
  });
});

t.test('a cosignature that does not fit is refused, also where others are enough', async (t) => {
  const elsewhere = signNote(text.replace('\n8\n', '\n9\n'), second).split('\n').at(-2);
  const note = `${signNote(text, log, first)}${elsewhere}\n`;
  t.throws(() => demandCosigners(note, log.name, trust(1, first, second)), { name: 'NoteError', fault: 'forged' });
  t.equal(demandCosigners(note, log.name, trust(1, first)).cosigners.length, 1);
});

t.test('one key counts once, and a log vouches for nobody', async (t) => {
  const privateKey = makeWitnessKey();
  const twice = ['a.example/w', 'b.example/w'].map((name) => createCosigner(name, privateKey, () => 1));
  const note = signNote(text, log, ...twice);
  t.throws(() => demandCosigners(note, log.name, trust(1, ...twice)), /the same key/);
  t.throws(() => demandCosigners(note, log.name, trust(1, log)), /no witness's/);
  t.throws(() => demandCosigners(note, log.name, trust(2, first)), RangeError);
});
