-- One process adds entries of a log; the lock ends with the connection. 1819044713 keeps it apart from other locks.
SELECT pg_try_advisory_lock(1819044713, :log::integer) AS locked
