-- How far the log is indexed.
SELECT id, indexed, unreadable, encode(last_digest, 'hex') AS last_digest FROM audit_logs WHERE origin = :origin
