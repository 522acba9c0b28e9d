-- The index of the exchange logs, for auditors and citizens. All of it is derived and can be made again from the logs.

-- How far each log is indexed. A gateway's log is known by its origin.
CREATE TABLE audit_logs (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  origin text NOT NULL UNIQUE,
  -- Entries 0 to indexed - 1 are in.
  indexed bigint NOT NULL DEFAULT 0,
  -- Entries among them that have no row, because they could not be understood.
  unreadable bigint NOT NULL DEFAULT 0,
  -- SHA-256 of the last of them: tells a log that is another one by now.
  last_digest bytea
);

-- Texts that many entries have in common; never changed, never removed.
CREATE TABLE audit_texts (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- consumer, service, purpose, agreement, fields, outcome, source, look, role, action
  use text NOT NULL,
  value text NOT NULL,
  -- The version of a service, the legal basis of an agreement.
  detail text NOT NULL,
  -- SHA-256 of the three: a text may be longer than a key of an index.
  digest bytea NOT NULL UNIQUE
);

-- One row an entry; a partition a month. Numbers without a comment refer to audit_texts.
CREATE TABLE audit_entries (
  time timestamptz NOT NULL,
  log_index bigint NOT NULL,
  -- Of audit_logs.
  log integer NOT NULL,
  consumer integer,
  service integer,
  purpose integer,
  agreement integer,
  -- 'ok', or the code of the problem.
  outcome integer NOT NULL,
  fields integer,
  source integer,
  claimed_consumer integer,
  look integer,
  role integer,
  action integer,
  status smallint NOT NULL,
  -- A count.
  subject_number bigint,
  -- Milliseconds.
  duration_ms bigint NOT NULL,
  id uuid NOT NULL,
  kind text NOT NULL,
  -- Pseudonyms: a byte 1 and the 32 bytes of an HMAC, or a byte 0 and the text.
  official bytea,
  subject bytea,
  issue text,
  PRIMARY KEY (time, log, log_index)
) PARTITION BY RANGE (time);

-- Each filter has an index that gives its rows in the order of their time.
CREATE INDEX ON audit_entries (consumer, time) WHERE consumer IS NOT NULL;
CREATE INDEX ON audit_entries (service, time) WHERE service IS NOT NULL;
CREATE INDEX ON audit_entries (purpose, time) WHERE purpose IS NOT NULL;
CREATE INDEX ON audit_entries (agreement, time) WHERE agreement IS NOT NULL;
CREATE INDEX ON audit_entries (outcome, time);
CREATE INDEX ON audit_entries (official, time) WHERE official IS NOT NULL;
CREATE INDEX ON audit_entries (subject, time) WHERE subject IS NOT NULL;
CREATE INDEX ON audit_entries (issue, time) WHERE issue IS NOT NULL;
CREATE INDEX ON audit_entries (kind, time) WHERE kind <> 'query';
CREATE INDEX ON audit_entries (id);

-- Exchanges counted by day (UTC), kept together with the rows.
CREATE TABLE audit_days (
  day date NOT NULL,
  log integer NOT NULL,
  -- 0 where there is none.
  consumer integer NOT NULL,
  service integer NOT NULL,
  outcome integer NOT NULL,
  entries bigint NOT NULL,
  PRIMARY KEY (day, consumer, service, outcome, log)
) WITH (fillfactor = 70);

CREATE INDEX ON audit_days (consumer, day);
CREATE INDEX ON audit_days (service, day);

-- Makes the partition of a month, unless it is there. Attaching does not hold up who reads and writes meanwhile.
CREATE FUNCTION audit_add_month(month date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  partition text := 'audit_entries_' || to_char(month, 'YYYY_MM');
  start timestamptz := date_trunc('month', month::timestamp) AT TIME ZONE 'UTC';
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('lienthong audit months'));
  IF EXISTS (SELECT FROM pg_inherits
             WHERE inhparent = 'audit_entries'::regclass AND inhrelid = to_regclass(partition)) THEN
    RETURN;
  END IF;
  EXECUTE format('CREATE TABLE %I (LIKE audit_entries INCLUDING ALL)', partition);
  EXECUTE format('ALTER TABLE audit_entries ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                 partition, start, (start AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC');
END $$;

-- Forgets all that is indexed of one log. Where no other log has entries, the partitions go whole.
CREATE FUNCTION audit_forget(forgotten integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  partition regclass;
BEGIN
  -- Whoever adds entries waits, so that none of another log goes along.
  LOCK TABLE audit_logs IN SHARE ROW EXCLUSIVE MODE;
  IF EXISTS (SELECT FROM audit_logs WHERE id <> forgotten AND indexed > 0) THEN
    DELETE FROM audit_entries WHERE log = forgotten;
    DELETE FROM audit_days WHERE log = forgotten;
  ELSE
    FOR partition IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'audit_entries'::regclass LOOP
      EXECUTE format('DROP TABLE %s', partition);
    END LOOP;
    TRUNCATE audit_days;
  END IF;
  UPDATE audit_logs SET indexed = 0, unreadable = 0, last_digest = NULL WHERE id = forgotten;
END $$;
