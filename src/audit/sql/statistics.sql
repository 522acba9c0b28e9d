-- Exchanges by day, consumer, service and outcome.
SELECT days.day::text AS day, consumer.value AS consumer, service.value AS service, outcome.value AS outcome,
       sum(days.entries)::bigint AS entries
FROM audit_days days
JOIN audit_texts outcome ON outcome.id = days.outcome
LEFT JOIN audit_texts consumer ON consumer.id = days.consumer
LEFT JOIN audit_texts service ON service.id = days.service
WHERE (:from::timestamptz IS NULL OR days.day >= (:from::timestamptz AT TIME ZONE 'UTC')::date)
  AND (:to::timestamptz IS NULL OR days.day <= ((:to::timestamptz - interval '1 millisecond') AT TIME ZONE 'UTC')::date)
  AND (:consumers::integer[] IS NULL OR days.consumer = ANY (:consumers))
  AND (:services::integer[] IS NULL OR days.service = ANY (:services))
  AND (:outcomes::integer[] IS NULL OR days.outcome = ANY (:outcomes))
  AND (:memberConsumers::integer[] IS NULL
       OR days.consumer = ANY (:memberConsumers) OR days.service = ANY (:memberServices))
GROUP BY 1, 2, 3, 4
ORDER BY 1, consumer.value COLLATE "C", service.value COLLATE "C", outcome.value COLLATE "C"
LIMIT :limit::bigint
