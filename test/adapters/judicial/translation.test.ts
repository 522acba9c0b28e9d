/** The judicial adapter understands what the registry writes, and refuses to guess at what it does not. */

import t from 'tap';
import { extractReaders } from '../../../adapters/judicial/civil-status-record.ts';
import { criminalRecord } from '../../../adapters/judicial/criminal-record.ts';
import { date, partialDate, registryDate } from '../../../adapters/judicial/dates.ts';
import { maritalStatus } from '../../../adapters/judicial/marital-status.ts';
import type { Wire } from '../../../adapters/judicial/wire.ts';

const unreadable = (member: string) => ({
  name: 'SourceError',
  kind: 'answer-invalid',
  message: `the registry's member ${member} cannot be read`,
});

const entry = { so: '27/2015', quyen: '01/2015', trang: '45', ngay_dang_ky: '21/03/2015', noi_dang_ky: 'UBND' };
const registration = { number: '27/2015', book: '01/2015', page: '45', date: '2015-03-21', place: 'UBND' };

t.test('dates are written day first and may lack the day or the month', async (t) => {
  t.equal(date({ d: '29/02/1988' }, 'd'), '1988-02-29');
  t.same(partialDate({ d: '19/07/1965' }, 'd'), { value: '1965-07-19', precision: 'day' });
  t.same(partialDate({ d: '07/1965' }, 'd'), { value: '1965-07', precision: 'month' });
  t.same(partialDate({ d: '1965' }, 'd'), { value: '1965', precision: 'year' });
  t.equal(registryDate('2015-03-21'), '21/03/2015');
  for (const absent of [{}, { d: null }, { d: '' }]) t.equal(partialDate(absent, 'd'), undefined);
});

t.test('what is no date is refused, not moved to the next month', async (t) => {
  for (const d of ['29/02/1989', '31/04/2020', '00/01/2020', '13/2020', '1/1/2020', '2020-01-01', '20', 20200101, {}]) {
    t.throws(() => partialDate({ d }, 'd'), unreadable('d'), JSON.stringify(d));
  }
  t.throws(() => date({ d: '1965' }, 'd'), unreadable('d'), 'a year where a day must be');
});

t.test('marital status: every code of the registry', async (t) => {
  const statuses = { 1: 'single', 2: 'married', 3: 'divorced', 4: 'widowed', 9: 'unknown' };
  for (const [code, status] of Object.entries(statuses)) {
    t.same(maritalStatus({ tinh_trang: Number(code), tai_ngay: '01/01/2026' }), { status, at: '2026-01-01' });
  }
  const full = {
    tinh_trang: 2,
    tai_ngay: '01/01/2026',
    tu_ngay: '21/03/2015',
    dang_ky: entry,
    vo_chong: { so_dinh_danh: '099190000001', ho_ten: 'Nguyễn Thị Hòa' },
  };
  t.same(maritalStatus(full), {
    status: 'married',
    at: '2026-01-01',
    since: '2015-03-21',
    registration,
    spouse: { pin: '099190000001', fullName: 'Nguyễn Thị Hòa' },
  });
});

t.test('marital status: an unknown code or a missing member is refused by name', async (t) => {
  t.throws(() => maritalStatus({ tinh_trang: 5, tai_ngay: '01/01/2026' }), unreadable('tinh_trang'));
  t.throws(() => maritalStatus({ tinh_trang: 'constructor', tai_ngay: '01/01/2026' }), unreadable('tinh_trang'));
  t.throws(() => maritalStatus({ tinh_trang: 1 }), unreadable('tai_ngay'));
  const wrong = (more: Wire) => () => maritalStatus({ tinh_trang: 2, tai_ngay: '01/01/2026', ...more });
  t.throws(wrong({ vo_chong: { so_dinh_danh: '099190000001' } }), unreadable('ho_ten'));
  t.throws(wrong({ vo_chong: 'Nguyễn Thị Hòa' }), unreadable('vo_chong'));
  t.throws(wrong({ dang_ky: { ...entry, so: 27 } }), unreadable('so'));
});

t.test('birth: sex codes 1, 2, 3, twins in their order, parents with and without a PIN', async (t) => {
  const child = { so_dinh_danh: '099216000004', ho_ten: 'Trần Đức Minh', ngay_sinh: '01/08/2016', gioi_tinh: 1 };
  const khai_sinh = {
    nguoi_duoc_khai_sinh: child,
    me: { so_dinh_danh: '099190000001', ho_ten: 'Nguyễn Thị Hòa' },
    cha: { so_dinh_danh: null, ho_ten: 'Trần Văn Đức' },
    so_giay_chung_sinh: 'GCS-1',
    so_con_cung_sinh: 2,
    thu_tu_sinh: 1,
    dang_ky: entry,
  };
  t.same(extractReaders.birth({ khai_sinh }), {
    birth: {
      child: {
        pin: '099216000004',
        fullName: 'Trần Đức Minh',
        dateOfBirth: { value: '2016-08-01', precision: 'day' },
        sex: 'male',
      },
      mother: { pin: '099190000001', fullName: 'Nguyễn Thị Hòa' },
      father: { fullName: 'Trần Văn Đức' },
      notificationNumber: 'GCS-1',
      multiplicity: 'twin',
      order: 1,
      registration,
    },
  });
  const sexOf = (gioi_tinh: unknown) =>
    extractReaders.birth({ khai_sinh: { nguoi_duoc_khai_sinh: { ...child, gioi_tinh } } });
  t.match(sexOf(2), { birth: { child: { sex: 'female' } } });
  t.match(sexOf(3), { birth: { child: { sex: 'other' } } });
  t.throws(() => sexOf(0), unreadable('gioi_tinh'), '0 is female in other systems: no guess');
});

t.test('marriages: standing and ended', async (t) => {
  const standing = { chong: { ho_ten: 'A' }, vo: { ho_ten: 'B' }, dang_ky: entry };
  const ended = (ly_do: string, so_ban_an?: string) => ({
    ...standing,
    cham_dut: { ngay: '05/06/2020', ly_do, so_ban_an },
  });
  const ket_hon = [standing, ended('LH', '12/2020/QĐST-HNGĐ'), ended('CT'), ended('HU')];
  const parties = { husband: { fullName: 'A' }, wife: { fullName: 'B' }, registration };
  t.same(extractReaders.marriage({ ket_hon }), {
    marriages: [
      parties,
      { ...parties, endedOn: '2020-06-05', endedBy: 'divorce', judgmentNumber: '12/2020/QĐST-HNGĐ' },
      { ...parties, endedOn: '2020-06-05', endedBy: 'death' },
      { ...parties, endedOn: '2020-06-05', endedBy: 'annulment' },
    ],
  });
  t.throws(() => extractReaders.marriage({ ket_hon: [ended('XX')] }), unreadable('ly_do'));
});

t.test('death: the day may be unknown', async (t) => {
  const khai_tu = {
    nguoi_chet: { ho_ten: 'A' },
    ngay_chet: '11/2024',
    noi_chet: 'Tại nhà',
    nguyen_nhan: 'Bệnh',
    dang_ky: entry,
  };
  t.same(extractReaders.death({ khai_tu }), {
    death: {
      deceased: { fullName: 'A' },
      date: { value: '2024-11', precision: 'month' },
      place: 'Tại nhà',
      cause: 'Bệnh',
      registration,
    },
  });
});

t.test('an extract of another kind than was asked for is not passed on', async (t) => {
  const all = { khai_sinh: {}, ket_hon: [], khai_tu: { nguoi_chet: { ho_ten: 'A' }, nguyen_nhan: 'Bệnh' } };
  t.same(extractReaders.marriage(all), { marriages: [] });
  t.throws(() => extractReaders.death({ khai_sinh: {} }), unreadable('khai_tu'));
});

t.test('criminal record: status, certificate, details', async (t) => {
  const an_tich = [
    {
      so_ban_an: '1',
      toa_an: 'Tòa',
      ngay_tuyen: '01/02/2020',
      toi_danh: 'Đánh bạc',
      hinh_phat: 'Tiền',
      ngay_xoa: '01/03/2023',
    },
  ];
  const phieu = { so: '7', ngay_cap: '04/05/2023', noi_cap: 'Sở Tư pháp' };
  t.same(criminalRecord({ tinh_trang_an_tich: 0, loai_phieu: 2, phieu, an_tich }), {
    status: 'none',
    form: '2',
    certificate: { number: '7', issuedOn: '2023-05-04', authority: 'Sở Tư pháp' },
    details: [
      {
        judgmentNumber: '1',
        court: 'Tòa',
        date: '2020-02-01',
        offence: 'Đánh bạc',
        sentence: 'Tiền',
        clearedOn: '2023-03-01',
      },
    ],
  });
  t.same(criminalRecord({ tinh_trang_an_tich: 1, loai_phieu: 1, an_tich: null }), { status: 'present', form: '1' });
  t.same(criminalRecord({ tinh_trang_an_tich: 2, loai_phieu: 1, an_tich: [] }), {
    status: 'pending',
    form: '1',
    details: [],
  });
  t.throws(() => criminalRecord({ loai_phieu: 1 }), unreadable('tinh_trang_an_tich'), 'silence is not "none"');
  t.throws(() => criminalRecord({ tinh_trang_an_tich: 0, loai_phieu: 1, an_tich: [1] }), unreadable('an_tich'));
});
