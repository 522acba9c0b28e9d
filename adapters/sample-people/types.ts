/** The shape of the synthetic population, so that the seeds of all registries speak of the same people. */

export type SampleSex = 'male' | 'female' | 'other';

/** A date as exact as it is known: `1965`, `1965-07` or `1965-07-19`. */
export interface SamplePartialDate {
  readonly value: string;
  readonly precision: 'year' | 'month' | 'day';
}

/** An administrative unit; the code has 2 digits (province), 3 (district, until 30 June 2025) or 5 (commune). */
export interface SampleUnit {
  readonly code: string;
  readonly name: string;
}

/** An address in the codes of a date: 52 is Bình Định until 30 June 2025 and Gia Lai from 1 July 2025. */
export interface SampleAddress {
  /** House, street, hamlet. */
  readonly line: string;
  readonly commune: SampleUnit;
  /** Only where the codes are older than 1 July 2025. */
  readonly district?: SampleUnit;
  readonly province: SampleUnit;
  /** The date whose codes are used, YYYY-MM-DD. */
  readonly asOf: string;
}

export interface SampleResidence {
  readonly address: SampleAddress;
  /** YYYY-MM-DD. */
  readonly since: string;
  /** The police office that registered it. */
  readonly authority: string;
}

/** A person by name, and by PIN where the person is one of the population. */
export interface SampleRef {
  readonly pin?: string;
  readonly fullName: string;
}

/** An act in a civil-status book. */
export interface SampleRegistration {
  /** Such as `45/2016`. */
  readonly number: string;
  readonly book: string;
  readonly page: string;
  /** YYYY-MM-DD. */
  readonly date: string;
  /** The people's committee that registered it. */
  readonly place: string;
}

export interface SampleBirth {
  readonly declarant: SampleRef;
  /** Number of the birth notification of the health facility; older births have none. */
  readonly notificationNumber?: string;
  readonly multiplicity: 'single' | 'twin' | 'triplet';
  /** Place among those born together, from 1. */
  readonly order: 1 | 2 | 3;
  readonly registration: SampleRegistration;
}

export interface SampleDeath {
  readonly date: SamplePartialDate;
  /** HH:MM, where it is known. */
  readonly time?: string;
  readonly place: string;
  /** Sensitive: health. */
  readonly cause?: string;
  readonly noticeNumber: string;
  readonly registration: SampleRegistration;
}

export type SampleStatus = 'active' | 'deceased' | 'missing' | 'cancelled' | 'replaced';
export type SampleMaritalStatus = 'single' | 'married' | 'divorced' | 'widowed' | 'unknown';
export type SampleRelation = 'head' | 'spouse' | 'child' | 'parent' | 'sibling' | 'grandchild' | 'other';

/** One record under one PIN; a person whose PIN was replaced has two. */
export interface SamplePerson {
  /** Place in `people`, from 0: what other registries derive their own sample data from. */
  readonly index: number;
  /** 099…: an unassigned province, so that every sample person is recognisably synthetic. */
  readonly pin: string;
  readonly status: SampleStatus;
  /** On the old record, status `replaced`. */
  readonly replacedBy?: string;
  /** On the new record: the old PIN. */
  readonly replaces?: string;
  /** NFC. */
  readonly fullName: string;
  readonly otherName?: string;
  readonly dateOfBirth: SamplePartialDate;
  readonly sex: SampleSex;
  readonly birthRegistrationPlace: SampleUnit;
  readonly nativePlace: string;
  readonly ethnicity: string;
  readonly religion: string;
  readonly nationality: 'VN';
  readonly bloodGroup?: 'A' | 'B' | 'AB' | 'O';
  /** 9 digits. */
  readonly oldIdentityNumber?: string;
  readonly permanent: SampleResidence;
  readonly temporary?: SampleResidence;
  readonly current: SampleResidence;
  /** On 1 January 2026. */
  readonly maritalStatus: SampleMaritalStatus;
  readonly father?: SampleRef;
  readonly mother?: SampleRef;
  /** The living spouse of a marriage that stands. */
  readonly spouse?: SampleRef;
  /** Of a minor. */
  readonly representative?: SampleRef;
  readonly householdCode: string;
  /** Relation to the head of the household. */
  readonly relation: SampleRelation;
  /** Absent where no birth act is kept, as with those whose day of birth is unknown. */
  readonly birth?: SampleBirth;
  /** Present exactly where the status is `deceased`. */
  readonly death?: SampleDeath;
  readonly phone?: string;
  readonly email?: string;
  /** How callers write the name; see `asCallerWrites`. */
  readonly writing: 'as-registered' | 'tone-variant' | 'nfd';
}

export interface SampleMarriage {
  readonly husband: SampleRef;
  readonly wife: SampleRef;
  readonly registration: SampleRegistration;
  /** Absent while the marriage stands. */
  readonly ended?: {
    /** YYYY-MM-DD. */
    readonly on: string;
    readonly by: 'divorce' | 'death' | 'annulment';
    /** Of the court, where a court ended it. */
    readonly judgmentNumber?: string;
  };
}

export interface SampleHousehold {
  /** 9 digits. */
  readonly code: string;
  readonly head: SampleRef;
  /** PINs in the order of the book; the head first, each person's relation stands with the person. */
  readonly members: readonly string[];
  readonly residence: SampleAddress;
}

export interface SamplePopulation {
  /** The cast first, then the others; every record has its own PIN. */
  readonly people: readonly SamplePerson[];
  /** By date of registration; one person may stand in several: married, divorced, married again. */
  readonly marriages: readonly SampleMarriage[];
  readonly households: readonly SampleHousehold[];
  readonly byPin: ReadonlyMap<string, SamplePerson>;
}
