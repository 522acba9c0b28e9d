-- Tables of the sample population registry. A real registry is read through views of these names and columns.

DROP TABLE IF EXISTS delivery_inbox, pin_request, household_member, household, residence, person;
DROP SEQUENCE IF EXISTS household_number;

-- Codes of the households that are founded from now on.
CREATE SEQUENCE household_number START WITH 995000001;

CREATE TABLE person (
  pin                        char(12)    PRIMARY KEY,
  status                     varchar(9)  NOT NULL CHECK (status IN ('active', 'deceased', 'missing', 'cancelled', 'replaced')),
  replaced_by                char(12),
  full_name                  varchar(100) NOT NULL,
  other_name                 varchar(100),
  -- The parts of the date of birth that are known.
  birth_year                 smallint    NOT NULL,
  birth_month                smallint    CHECK (birth_month BETWEEN 1 AND 12),
  birth_day                  smallint    CHECK (birth_day BETWEEN 1 AND 31),
  -- 1 male, 0 female, 2 other: this registry's own codes.
  sex                        smallint    NOT NULL CHECK (sex IN (0, 1, 2)),
  birth_registration_code    char(2)     NOT NULL,
  birth_registration_name    varchar(100) NOT NULL,
  native_place               varchar(300),
  ethnicity                  varchar(50),
  religion                   varchar(50),
  nationality                char(2)     NOT NULL,
  blood_group                varchar(3),
  old_identity_number        char(9),
  marital_status             varchar(8)  NOT NULL CHECK (marital_status IN ('single', 'married', 'divorced', 'widowed', 'unknown')),
  father_pin                 char(12),
  father_name                varchar(100),
  mother_pin                 char(12),
  mother_name                varchar(100),
  spouse_pin                 char(12),
  spouse_name                varchar(100),
  representative_pin         char(12),
  representative_name        varchar(100),
  died_on                    date,
  phone                      varchar(12),
  email                      varchar(254)
);

-- A change of a name reaches whoever refers to the person.
CREATE INDEX person_of_father ON person (father_pin);
CREATE INDEX person_of_mother ON person (mother_pin);
CREATE INDEX person_of_spouse ON person (spouse_pin);
CREATE INDEX person_of_representative ON person (representative_pin);

-- Where a living person lives; unit codes are those of the day codes_as_of.
CREATE TABLE residence (
  pin            char(12)     NOT NULL REFERENCES person,
  kind           varchar(9)   NOT NULL CHECK (kind IN ('permanent', 'temporary', 'current')),
  line           varchar(300) NOT NULL,
  commune_code   char(5)      NOT NULL,
  commune_name   varchar(100) NOT NULL,
  district_code  char(3),
  district_name  varchar(100),
  province_code  char(2)      NOT NULL,
  province_name  varchar(100) NOT NULL,
  codes_as_of    date         NOT NULL,
  since          date         NOT NULL,
  authority      varchar(200) NOT NULL,
  PRIMARY KEY (pin, kind)
);

CREATE TABLE household (
  code           varchar(32)  PRIMARY KEY,
  head_pin       char(12)     NOT NULL REFERENCES person,
  line           varchar(300) NOT NULL,
  commune_code   char(5)      NOT NULL,
  commune_name   varchar(100) NOT NULL,
  district_code  char(3),
  district_name  varchar(100),
  province_code  char(2)      NOT NULL,
  province_name  varchar(100) NOT NULL,
  codes_as_of    date         NOT NULL
);

-- A person belongs to one household at most; place is the order in the household book.
CREATE TABLE household_member (
  pin             char(12)    PRIMARY KEY REFERENCES person,
  household_code  varchar(32) NOT NULL REFERENCES household,
  place           smallint    NOT NULL,
  relation        varchar(10) NOT NULL,
  UNIQUE (household_code, place)
);

CREATE INDEX household_member_of_household ON household_member (household_code);

-- Numbers that are asked for and checked by an official first; ready_at is when the official has approved, or will have in
-- the sample. A real registry leaves it NULL until then.
CREATE TABLE pin_request (
  exchange_id   varchar(36) PRIMARY KEY,
  ready_at      timestamptz
);

-- What was given to this registry and what it said, by exchange and leg: written with the effect.
CREATE TABLE delivery_inbox (
  exchange_id  varchar(36)  NOT NULL,
  leg          varchar(100) NOT NULL,
  outcome      text,
  taken_at     timestamptz  NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (exchange_id, leg)
);
