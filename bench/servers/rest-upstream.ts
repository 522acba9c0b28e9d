/** The REST registry behind the gateway and behind the proxies that it is held against: it answers at once, so that it is never the limit. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerParent } from '../answer-parent.ts';

/** In the words of the judicial registry, of somebody who is married. */
const answer = Buffer.from(
  JSON.stringify({
    ma: 0,
    thong_bao: 'Thành công',
    du_lieu: {
      tinh_trang: 2,
      tai_ngay: '01/11/2026',
      tu_ngay: '12/06/2015',
      dang_ky: {
        so: '45/2015',
        quyen: '01/2015',
        trang: '45',
        ngay_dang_ky: '12/06/2015',
        noi_dang_ky: 'Ủy ban nhân dân phường Cửa Nam, quận Hoàn Kiếm, thành phố Hà Nội',
      },
      vo_chong: { so_dinh_danh: '099088000002', ho_ten: 'Trần Văn Bình' },
    },
  }),
);
const headers = { 'content-type': 'application/json; charset=utf-8', 'content-length': answer.byteLength };

const server = createServer((request, response) => {
  // Read to its end, so that the connection can be used again.
  request.resume().once('end', () => response.writeHead(200, headers).end(answer));
});
server.keepAliveTimeout = 0;

answerParent(
  {
    open: () =>
      new Promise<string>((resolve) => {
        server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
      }),
  },
  () => {
    server.closeAllConnections();
    server.close();
  },
);
