-- Tables of the social-affairs registry, in SQL that MariaDB and PostgreSQL both take as it is.
-- Partial dates are text as exact as they are known: 1965, 1965-07 or 1965-07-19. Money is whole VND a month.

DROP TABLE IF EXISTS delivery_inbox, funeral_allowance, health_card, social_insurance, household_poverty, meritorious_person, benefit, circumstance, person;

CREATE TABLE person (
  pin            VARCHAR(12) NOT NULL PRIMARY KEY,
  full_name      VARCHAR(100) NOT NULL,
  date_of_birth  VARCHAR(10) NOT NULL,
  household_code VARCHAR(32) NOT NULL,
  deceased_on    VARCHAR(10)
);

-- What a commune has certified: disability, no-caregiver, raising-child-alone, hiv, no-supporter.
-- A disability has a degree: mild, severe or exceptionally-severe.
CREATE TABLE circumstance (
  pin                VARCHAR(12) NOT NULL REFERENCES person (pin),
  kind               VARCHAR(24) NOT NULL,
  degree             VARCHAR(24),
  certificate_number VARCHAR(64) NOT NULL,
  certified_on       DATE        NOT NULL,
  ended_on           DATE,
  PRIMARY KEY (pin, kind)
);

-- Category: elderly, disabled, orphan, single-parent, hiv, poor-elderly. A benefit without an end goes on.
-- Where a death ended it, decided_to_date and decided_stop_reason hold the end that it had before, if any.
CREATE TABLE benefit (
  decision_number VARCHAR(64)  NOT NULL PRIMARY KEY,
  decision_date   DATE         NOT NULL,
  pin             VARCHAR(12)  NOT NULL REFERENCES person (pin),
  category        VARCHAR(24)  NOT NULL,
  coefficient     DECIMAL(3,1) NOT NULL,
  monthly_vnd     INTEGER      NOT NULL,
  from_date       DATE         NOT NULL,
  to_date         DATE,
  stop_reason     VARCHAR(300),
  commune_code    VARCHAR(5)   NOT NULL,
  decided_to_date     DATE,
  decided_stop_reason VARCHAR(300)
);

CREATE INDEX benefit_of_person ON benefit (pin);

-- Type: martyr-relative, wounded-soldier, sick-soldier, resistance-contributor, chemical-victim.
CREATE TABLE meritorious_person (
  pin            VARCHAR(12) NOT NULL PRIMARY KEY REFERENCES person (pin),
  type           VARCHAR(24) NOT NULL,
  file_number    VARCHAR(64) NOT NULL,
  degree_percent INTEGER,
  since_date     DATE        NOT NULL
);

-- Outcome of the yearly review: poor or near-poor; a household that is neither has no row for the year.
CREATE TABLE household_poverty (
  household_code VARCHAR(32) NOT NULL,
  review_year    INTEGER     NOT NULL,
  class          VARCHAR(24) NOT NULL,
  score_b1       INTEGER     NOT NULL,
  score_b2       INTEGER     NOT NULL,
  PRIMARY KEY (household_code, review_year)
);

CREATE INDEX household_poverty_by_year ON household_poverty (review_year);

-- Status: contributing, paused, pensioner.
CREATE TABLE social_insurance (
  pin        VARCHAR(12) NOT NULL PRIMARY KEY REFERENCES person (pin),
  number     VARCHAR(10) NOT NULL,
  status     VARCHAR(24) NOT NULL,
  since_date DATE        NOT NULL
);

-- The latest card of a person; suspended is 1 where its use is barred for now, otherwise 0.
CREATE TABLE health_card (
  pin           VARCHAR(12)  NOT NULL PRIMARY KEY REFERENCES person (pin),
  card_number   VARCHAR(15)  NOT NULL,
  card_group    VARCHAR(2)   NOT NULL,
  benefit_level INTEGER      NOT NULL,
  valid_from    DATE         NOT NULL,
  valid_to      DATE         NOT NULL,
  facility      VARCHAR(200) NOT NULL,
  suspended     INTEGER      NOT NULL
);

-- Paid once for a funeral, to whoever arranged it.
CREATE TABLE funeral_allowance (
  pin             VARCHAR(12) NOT NULL PRIMARY KEY REFERENCES person (pin),
  decision_number VARCHAR(64) NOT NULL UNIQUE,
  decision_date   DATE        NOT NULL,
  recipient_pin   VARCHAR(12) NOT NULL,
  amount_vnd      INTEGER     NOT NULL,
  commune_code    VARCHAR(5)  NOT NULL
);

-- What was given to this registry and what it said, by exchange and leg: written with the effect.
CREATE TABLE delivery_inbox (
  exchange_id VARCHAR(36)  NOT NULL,
  leg         VARCHAR(100) NOT NULL,
  outcome     TEXT,
  taken_at    TIMESTAMP    NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (exchange_id, leg)
);
