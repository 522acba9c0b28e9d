/** The registry's own codes, sent with HTTP 200, become answers and failures of the right kind. */

import t from 'tap';
import { ask, checkHealth } from '../../../adapters/judicial/ask.ts';
import { openSource, patience, serveHttp } from '../../adapter-kit/http-registry.ts';

let status = 200;
let reply: unknown;
const port = await serveHttp(t, (request, response) => {
  request.resume().once('end', () => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(reply));
  });
});
const source = openSource(t, `http://127.0.0.1:${port}`);

const answerTo = (body: unknown, httpStatus = 200) => {
  [status, reply] = [httpStatus, body];
  return ask(source, '/ho-tich/trich-luc', { so_dinh_danh: '099190000001' }, patience());
};

t.test('0 and 200, a record that is not complete, are answers', async (t) => {
  t.same(await answerTo({ ma: 0, du_lieu: { tinh_trang: 1 } }), { tinh_trang: 1 });
  t.same(await answerTo({ ma: 200, du_lieu: { tinh_trang: 9 } }), { tinh_trang: 9 });
});

t.test('201, not found, and 203, not that one, are answers too: nothing', async (t) => {
  t.equal(await answerTo({ ma: 201, thong_bao: 'Không tìm thấy hồ sơ' }), undefined);
  t.equal(await answerTo({ ma: 203 }), undefined);
});

t.test('every other code of the registry is a failure that names the code', async (t) => {
  for (const ma of [100, 101, 106, 108, 302, 500]) {
    await t.rejects(answerTo({ ma, thong_bao: 'Nguyễn Thị Hòa' }), {
      name: 'SourceError',
      kind: 'failed',
      message: new RegExp(`^the registry answered with its code ${ma}: `),
    });
  }
});

t.test('a record that the registry cannot decide on is no failure of its service', async (t) => {
  await t.rejects(answerTo({ ma: 202, thong_bao: '' }), { name: 'SourceError', kind: 'answer-invalid' });
});

t.test('what is no envelope is an invalid answer', async (t) => {
  for (const body of [null, [], 'ok', {}, { ma: 999 }, { ma: '0', du_lieu: {} }, { ma: 0 }, { ma: 0, du_lieu: [] }]) {
    await t.rejects(answerTo(body), { name: 'SourceError', kind: 'answer-invalid' }, JSON.stringify(body));
  }
});

t.test('another status than 200 is a failure', async (t) => {
  await t.rejects(answerTo({ ma: 201 }, 404), { name: 'SourceError', kind: 'failed', message: /404/ });
});

t.test('the registry is well when it says so', async (t) => {
  [status, reply] = [200, { ma: 0, du_lieu: {} }];
  await checkHealth(source, patience());
  reply = { ma: 201 };
  await t.rejects(checkHealth(source, patience()), { name: 'SourceError', kind: 'unavailable' });
});
