-- Whether the official has approved.
SELECT coalesce(ready_at <= CURRENT_TIMESTAMP, false) AS ready
FROM pin_request
WHERE exchange_id = :exchange_id;
