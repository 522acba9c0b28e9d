/** What the judicial registry takes from accepted pushes: births, deaths, marriages, corrections, in its own words. */

import { type Delivery, type DeliveryHandler, dayInVietNam, type HttpSource } from '../../src/adapter-kit/index.ts';
import { act } from './act.ts';
import { registration, required } from './common.ts';
import { type PartialDate, registryDate } from './dates.ts';
import { present, type Wire } from './wire.ts';

interface NamedPerson {
  readonly pin?: string;
  readonly fullName: string;
}

const sexes: Readonly<Record<string, number>> = { male: 1, female: 2 };
const multiplicities: Readonly<Record<string, number>> = { single: 1, twin: 2, triplet: 3 };
const facts: Readonly<Record<string, string>> = {
  fullName: 'ho_ten',
  dateOfBirth: 'ngay_sinh',
  motherName: 'ten_me',
  fatherName: 'ten_cha',
  dateOfDeath: 'ngay_chet',
};

export function judicialDeliveries(source: HttpSource): Readonly<Record<string, DeliveryHandler>> {
  const registering =
    (path: string, bodyOf: (message: never) => Wire): DeliveryHandler =>
    (delivery, call) =>
      act(source, path, delivery, call, { ...bodyOf(delivery.message as never), ...entryOf(delivery) }, (wire) => ({
        registration: required(wire, 'dang_ky', registration),
      }));
  return {
    'register-birth.v1': registering('/ho-tich/dang-ky-khai-sinh', birth),
    'register-death.v1': registering('/ho-tich/dang-ky-khai-tu', death),
    'register-marriage.v1': registering('/ho-tich/dang-ky-ket-hon', marriage),
    'correct-civil-status.v1': registering('/ho-tich/cai-chinh', correction),
    'record-pin.v1': (delivery, call) =>
      act(source, '/ho-tich/cap-nhat-so-dinh-danh', delivery, call, pinOf(delivery), () => ({})),
  };
}

/** The day of the registration is that of the acceptance, however late the registry is reached. */
function entryOf({ message, acceptedAtMs }: Delivery): Wire {
  const day = dayInVietNam(acceptedAtMs);
  return { ngay_dang_ky: registryDate(day), noi_dang_ky: (message as Registered).registrar };
}

/** Every push to this register names who registered it. */
interface Registered {
  readonly registrar: string;
}

interface Birth {
  readonly child: { readonly fullName: string; readonly dateOfBirth: PartialDate; readonly sex: string };
  readonly mother?: NamedPerson;
  readonly father?: NamedPerson;
  readonly declarant: NamedPerson;
  readonly notificationNumber?: string;
  readonly multiplicity: string;
  readonly order: number;
}

function birth({ child, mother, father, declarant, notificationNumber, multiplicity, order }: Birth): Wire {
  return present({
    nguoi_duoc_khai_sinh: {
      ho_ten: child.fullName.normalize('NFC'),
      ngay_sinh: registryDate(child.dateOfBirth.value),
      gioi_tinh: sexes[child.sex],
    },
    me: mother && person(mother),
    cha: father && person(father),
    nguoi_di_khai: person(declarant),
    so_giay_chung_sinh: notificationNumber,
    so_con_cung_sinh: multiplicities[multiplicity],
    thu_tu_sinh: order,
  });
}

interface Death {
  readonly deceased: NamedPerson;
  readonly dateOfDeath: PartialDate;
  readonly timeOfDeath?: string;
  readonly placeOfDeath: string;
  readonly causeOfDeath?: string;
  readonly noticeNumber: string;
  readonly declarant: NamedPerson;
  readonly declaredOn: string;
}

function death(message: Death): Wire {
  return present({
    nguoi_chet: person(message.deceased),
    ngay_chet: registryDate(message.dateOfDeath.value),
    gio_chet: message.timeOfDeath,
    noi_chet: message.placeOfDeath,
    nguyen_nhan: message.causeOfDeath,
    so_giay_bao_tu: message.noticeNumber,
    nguoi_di_khai: person(message.declarant),
    ngay_khai: registryDate(message.declaredOn),
  });
}

interface Marriage {
  readonly husband: NamedPerson;
  readonly wife: NamedPerson;
  readonly declaredOn: string;
}

function marriage({ husband, wife, declaredOn }: Marriage): Wire {
  return { chong: person(husband), vo: person(wife), ngay_khai: registryDate(declaredOn) };
}

interface Correction {
  readonly pin: string;
  readonly field: string;
  readonly oldValue: string | PartialDate;
  readonly newValue: string | PartialDate;
  readonly decision: { readonly number: string; readonly date: string };
}

function correction({ pin, field, oldValue, newValue, decision }: Correction): Wire {
  return {
    so_dinh_danh: pin,
    muc: facts[field],
    gia_tri_cu: written(oldValue),
    gia_tri_moi: written(newValue),
    so_quyet_dinh: decision.number,
    ngay_quyet_dinh: registryDate(decision.date),
  };
}

/** The number that the population registry gave, for the birth that this registry entered before. */
function pinOf({ results }: Delivery): Wire {
  const entry = results['register-birth.v1']?.registration as { readonly number: string } | undefined;
  return { so: entry?.number, so_dinh_danh: results['assign-pin.v1']?.pin };
}

function person({ pin, fullName }: NamedPerson): Wire {
  return present({ so_dinh_danh: pin, ho_ten: fullName.normalize('NFC') });
}

function written(value: string | PartialDate): string {
  return typeof value === 'string' ? value.normalize('NFC') : registryDate(value.value);
}
