/** The simplest push there is: somebody's temporary residence is another one now. */

export const sender = 'VN/GOV/H26/one-stop';
export const residenceService = 'VN/GOV/G01/population/report-residence-change';

export const residenceChange = (pin: string, line: string) => ({
  pin,
  kind: 'temporary',
  residence: {
    address: {
      line,
      commune: { code: '00082', name: 'Phường Cửa Nam' },
      province: { code: '01', name: 'Thành phố Hà Nội' },
      asOf: '2026-11-01',
    },
    since: '2026-11-01',
    authority: 'Công an phường Cửa Nam',
  },
});
