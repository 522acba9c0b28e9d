-- How far the log is indexed, and which one it is.
SELECT id, indexed, unreadable, encode(last_digest, 'hex') AS last_digest, encode(log_id, 'hex') AS log_id
FROM audit_logs
WHERE origin = :origin
