-- Which log of that origin is indexed: no other one that bears the same name may take its rows.

-- The mark of the log's segments, from its first key. Null for logs that were indexed before this was kept.
ALTER TABLE audit_logs ADD COLUMN log_id bytea;
