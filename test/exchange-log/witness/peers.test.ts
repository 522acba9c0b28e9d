import t from 'tap';
import { createCosigner, createSigner, formatVerifierKey } from '../../../src/exchange-log/note/keys.ts';
import { checkWitnesses, parseWitnesses } from '../../../src/exchange-log/witness/peers.ts';
import { eagerLimits, makeWitnessKey } from '../../support/witness-fixture.ts';

const key = (name: string, privateKey = makeWitnessKey()) =>
  formatVerifierKey(createCosigner(name, privateKey, () => 1).verifier);

t.test('witnesses that are in order are read', async (t) => {
  const list = [
    { url: 'https://one.example/prefix', key: key('one.example/w') },
    { url: 'http://127.0.0.1:8090', key: key('two.example/w') },
  ];
  t.same(checkWitnesses({ ...eagerLimits, list, wanted: 2 }), []);
  t.match(parseWitnesses({ ...eagerLimits, list }), [
    { url: 'https://one.example/prefix', verifier: { name: 'one.example/w', type: 4 } },
    { url: 'http://127.0.0.1:8090', verifier: { name: 'two.example/w' } },
  ]);
});

t.test('each fault is told by its place', async (t) => {
  const shared = makeWitnessKey();
  const own = formatVerifierKey(createSigner('log.example/1', makeWitnessKey()).verifier);
  const list = [
    { url: 'https://', key: 'no key' },
    { url: 'https://w.example', key: own },
    { url: 'https://user@w.example/?prefix', key: key('one.example/w', shared) },
    { url: 'https://w.example', key: key('two.example/w', shared) },
  ];
  t.match(checkWitnesses({ ...eagerLimits, list, wanted: 5 }), [
    { pointer: '/list/0/url', message: /is no URL/ },
    { pointer: '/list/0/key', message: /the name of a key/ },
    { pointer: '/list/1/key', message: /no witness's: its type is 1/ },
    { pointer: '/list/2/url', message: /without user/ },
    { pointer: '/list/3/key', message: /each counts once/ },
    { pointer: '/wanted', message: /5 witnesses are wanted and 4 listed/ },
  ]);
});
