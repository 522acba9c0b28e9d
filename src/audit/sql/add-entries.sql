-- Adds the next entries of a log: rows, counts and position, all or nothing. Adds nothing, and says so by no row, where
-- the position is no longer the one that the caller knows.
WITH moved AS (
  UPDATE audit_logs
  SET indexed = :until::bigint, unreadable = unreadable + :unreadable::bigint, last_digest = :digest::bytea
  WHERE id = :log::integer AND indexed = :from::bigint
  RETURNING id
),
given AS (
  SELECT entry.*
  FROM moved, json_to_recordset(:rows::json) AS entry (
    time timestamptz, log_index bigint, consumer integer, service integer, purpose integer, agreement integer,
    outcome integer, fields integer, source integer, claimed_consumer integer, look integer, role integer,
    action integer, status smallint, subject_number bigint, duration_ms bigint, id uuid, kind text, official bytea,
    subject bytea, issue text)
),
entries AS (
  INSERT INTO audit_entries (
    time, log_index, log, consumer, service, purpose, agreement, outcome, fields, source, claimed_consumer, look, role,
    action, status, subject_number, duration_ms, id, kind, official, subject, issue)
  SELECT
    time, log_index, :log, consumer, service, purpose, agreement, outcome, fields, source, claimed_consumer, look, role,
    action, status, subject_number, duration_ms, id, kind, official, subject, issue
  FROM given
),
days AS (
  INSERT INTO audit_days AS known (day, log, consumer, service, outcome, entries)
  SELECT (time AT TIME ZONE 'UTC')::date, :log, coalesce(consumer, 0), coalesce(service, 0), outcome, count(*)
  FROM given
  WHERE kind = 'query'
  GROUP BY 1, 3, 4, 5
  ON CONFLICT (day, consumer, service, outcome, log) DO UPDATE SET entries = known.entries + excluded.entries
)
SELECT id FROM moved
