/** Questions to the population registry about the cast, with the whole answers. */

import type { AdapterCase } from '../../contracts/adapter.ts';

const nobody = { pin: '099190999999' };
const hoa = { pin: '099190000001', fullName: 'Nguyễn Thị Hòa' };
const duc = { pin: '099088000002', fullName: 'Trần Văn Đức' };
const home = {
  line: '12 phố Hàng Trống',
  commune: { code: '00070', name: 'Phường Hoàn Kiếm' },
  province: { code: '01', name: 'Thành phố Hà Nội' },
  asOf: '2025-07-01',
};
const day = (value: string) => ({ value, precision: 'day' });
const residence = { address: home, since: '2014-11-20', authority: 'Công an phường Hoàn Kiếm' };

const verifyIdentity: readonly AdapterCase[] = [
  {
    service: 'verify-identity.v1',
    title: 'all is exact',
    message: { ...hoa, dateOfBirth: day('1990-05-17'), sex: 'female' },
    found: true,
    answer: { found: true, match: { fullName: 'exact', dateOfBirth: 'exact', sex: 'exact' } },
  },
  {
    service: 'verify-identity.v1',
    title: 'another placement of the tone, a coarser date, no sex',
    message: { pin: hoa.pin, fullName: 'Nguyễn Thị Hoà', dateOfBirth: { value: '1990', precision: 'year' } },
    found: true,
    answer: { found: true, match: { fullName: 'tone-variant', dateOfBirth: 'compatible' } },
  },
  {
    service: 'verify-identity.v1',
    title: 'a dead person, without marks, a finer date than is known',
    message: { pin: '099065000003', fullName: 'LE VAN SAU', dateOfBirth: day('1965-07-19') },
    found: true,
    answer: { found: true, match: { fullName: 'unaccented', dateOfBirth: 'compatible', pinStatus: 'deceased' } },
  },
  {
    service: 'verify-identity.v1',
    title: 'a replaced number, nothing fits',
    message: { pin: '099175000006', fullName: 'Phạm An Bính', dateOfBirth: day('1975-03-10') },
    found: true,
    answer: { found: true, match: { fullName: 'none', dateOfBirth: 'none', pinStatus: 'replaced' } },
  },
  {
    service: 'verify-identity.v1',
    title: 'nobody',
    message: { ...nobody, fullName: 'Nguyễn Thị Hòa', dateOfBirth: day('1990-05-17') },
    found: false,
    answer: { found: false },
  },
];

const vietnamese = { ethnicity: 'Kinh', religion: 'Không', nationality: 'VN' };
const haNoi = { code: '01', name: 'Thành phố Hà Nội' };

const getPerson: readonly AdapterCase[] = [
  {
    service: 'get-person.v1',
    title: 'a wife and mother',
    message: { pin: hoa.pin },
    found: true,
    answer: {
      found: true,
      person: {
        ...hoa,
        ...vietnamese,
        status: 'active',
        dateOfBirth: day('1990-05-17'),
        sex: 'female',
        birthRegistrationPlace: haNoi,
        nativePlace: 'Xã Sóc Sơn, thành phố Hà Nội',
        bloodGroup: 'O',
        oldIdentityNumber: '099000001',
        residence: { permanent: home, current: home },
        maritalStatus: 'married',
        father: { fullName: 'Nguyễn Văn Bình' },
        mother: { fullName: 'Lê Thị Lan' },
        spouse: duc,
        householdCode: '990000001',
        phone: '0900000001',
        email: 'hoa@example.vn',
      },
    },
  },
  {
    service: 'get-person.v1',
    title: 'a child has a representative',
    message: { pin: '099216000004' },
    found: true,
    answer: {
      found: true,
      person: {
        ...vietnamese,
        pin: '099216000004',
        fullName: 'Trần Đức Minh',
        status: 'active',
        dateOfBirth: day('2016-08-01'),
        sex: 'male',
        birthRegistrationPlace: haNoi,
        nativePlace: 'Quận Hoàn Kiếm, thành phố Hà Nội',
        residence: { permanent: home, current: home },
        maritalStatus: 'single',
        father: duc,
        mother: hoa,
        representative: hoa,
        householdCode: '990000001',
      },
    },
  },
  {
    service: 'get-person.v1',
    title: 'a dead person has neither residence nor household',
    message: { pin: '099065000003' },
    found: true,
    answer: {
      found: true,
      person: {
        ...vietnamese,
        pin: '099065000003',
        fullName: 'Lê Văn Sáu',
        status: 'deceased',
        dateOfBirth: { value: '1965', precision: 'year' },
        sex: 'male',
        birthRegistrationPlace: haNoi,
        nativePlace: 'Quận Ba Đình, thành phố Hà Nội',
        maritalStatus: 'married',
        death: { date: '2024-11-03' },
      },
    },
  },
  {
    service: 'get-person.v1',
    title: 'a replaced number names the one that replaces it',
    message: { pin: '099175000006', fields: ['replacedBy'] },
    found: true,
    answer: {
      found: true,
      person: {
        ...vietnamese,
        pin: '099175000006',
        fullName: 'Phạm An Bình',
        status: 'replaced',
        replacedBy: '099075000007',
        dateOfBirth: day('1975-03-09'),
        sex: 'female',
        birthRegistrationPlace: haNoi,
        nativePlace: 'Quận Hoàn Kiếm, thành phố Hà Nội',
        maritalStatus: 'single',
      },
    },
  },
  { service: 'get-person.v1', title: 'nobody', message: nobody, found: false, answer: { found: false } },
];

const getHousehold: readonly AdapterCase[] = [
  {
    service: 'get-household.v1',
    title: 'asked by a child, told of all',
    message: { pin: '099316000005' },
    found: true,
    answer: {
      found: true,
      household: {
        code: '990000001',
        head: duc,
        members: [
          { ...duc, dateOfBirth: day('1988-02-29'), sex: 'male', relation: 'head' },
          { ...hoa, dateOfBirth: day('1990-05-17'), sex: 'female', relation: 'spouse' },
          {
            pin: '099216000004',
            fullName: 'Trần Đức Minh',
            dateOfBirth: day('2016-08-01'),
            sex: 'male',
            relation: 'child',
          },
          {
            pin: '099316000005',
            fullName: 'Trần Hòa Mai',
            dateOfBirth: day('2016-08-01'),
            sex: 'female',
            relation: 'child',
          },
        ],
        residence: home,
      },
    },
  },
  {
    service: 'get-household.v1',
    title: 'the dead belong to none',
    message: { pin: '099065000003' },
    found: false,
    answer: { found: false },
  },
];

const confirmResidence: readonly AdapterCase[] = [
  {
    service: 'confirm-residence.v1',
    title: 'in the codes of today',
    message: { pin: hoa.pin },
    found: true,
    answer: { found: true, residence: { permanent: residence, current: residence } },
  },
  {
    service: 'confirm-residence.v1',
    title: 'a replaced number lives nowhere',
    message: { pin: '099175000006' },
    found: false,
    answer: { found: false },
  },
];

export const cases: readonly AdapterCase[] = [...verifyIdentity, ...getPerson, ...getHousehold, ...confirmResidence];
