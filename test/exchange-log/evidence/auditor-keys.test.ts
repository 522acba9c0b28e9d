/** The auditors' key files: what is none, or would give a secret away, is told before anything is sealed. */

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import t from 'tap';
import { parseSaved } from '../../../src/commands/log-checks.ts';
import {
  makeAuditorKeys,
  readAuditorKey,
  readAuditorPrivateKey,
} from '../../../src/exchange-log/evidence/auditor-keys.ts';
import { openEvidence } from '../../../src/exchange-log/evidence/open.ts';
import { parseHeader } from '../../../src/exchange-log/evidence/record.ts';
import { sealBodies, unwrap } from '../../../src/exchange-log/evidence/seal.ts';
import { openSubjectKeys } from '../../../src/exchange-log/evidence/subject-keys.ts';
import { bodiesFixture, evidenceLimits } from '../../support/evidence-fixture.ts';

t.test('a P-256 key serves as well as an X25519 one', async (t) => {
  const folder = t.testdir({});
  const { publicKey, privateKey } = await generateKeyPair('ECDH-ES+A256KW', { crv: 'P-256', extractable: true });
  const [publicFile, privateFile] = [path.join(folder, 'public.jwk'), path.join(folder, 'private.jwk')];
  await writeFile(publicFile, JSON.stringify({ ...(await exportJWK(publicKey)), kid: 'p' }));
  await writeFile(privateFile, JSON.stringify({ ...(await exportJWK(privateKey)), kid: 'p' }));
  const keys = await openSubjectKeys(
    { file: path.join(folder, 'subjects.db'), mark: path.join(folder, 'mark') },
    evidenceLimits,
    { nowMs: Date.now },
    () => t.fail('it did not fail'),
  );
  t.teardown(() => keys.close());
  const subjectKey = await keys.current('someone');
  const bodies = bodiesFixture({ answer: undefined });
  const { header, request } = await sealBodies(bodies, [await readAuditorKey(publicFile)], subjectKey);
  const evidence = {
    exchange: bodies.exchangeId,
    key: unwrap(parseHeader(header), subjectKey),
    header: header.toString('base64'),
    request: request.toString('base64'),
  };
  const opened = await openEvidence(JSON.stringify(evidence), await readAuditorPrivateKey(privateFile), parseSaved);
  t.equal(opened.request, bodies.request.toString());
});

t.test('what is no usable key is refused, without a word of what is in it', async (t) => {
  const folder = t.testdir({});
  const file = path.join(folder, 'key.jwk');
  const { privateJwk, publicJwk } = await makeAuditorKeys('a');
  const { kid: _kid, ...unnamed } = JSON.parse(publicJwk);
  const refused: [unknown, RegExp][] = [
    [JSON.parse(privateJwk), /holds a private key: give the gateway the public half only/],
    [unnamed, /has no kid/],
    [{ ...JSON.parse(publicJwk), crv: 'Ed25519' }, /must hold an X25519 or P-256 key/],
    [{ ...JSON.parse(publicJwk), x: 'AAAA' }, /is no valid key/],
    [[], /must hold|holds no key/],
    ['text', /holds no key as a JSON object/],
  ];
  for (const [content, message] of refused) {
    await writeFile(file, JSON.stringify(content));
    await t.rejects(readAuditorKey(file), { message });
  }
  await writeFile(file, `${privateJwk}}`);
  const { d } = JSON.parse(privateJwk);
  const error = await readAuditorPrivateKey(file).catch((thrown: Error) => thrown);
  t.match(error, { message: /holds no key as a JSON object/ });
  t.notOk(String(error).includes(d));
  await t.rejects(readAuditorKey(path.join(folder, 'missing')), { message: /cannot be read \(ENOENT\)/ });
  await writeFile(file, publicJwk);
  await t.rejects(readAuditorPrivateKey(file), { message: /holds no private key/ });
});
