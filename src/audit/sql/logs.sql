-- How far every log is indexed.
SELECT id, origin AS log, indexed, unreadable FROM audit_logs ORDER BY origin COLLATE "C"
