-- The oldest of the log's rows that are kept.
SELECT log_index, id::text AS id
FROM audit_entries
WHERE log = :log::integer
ORDER BY time, log_index
LIMIT 1
