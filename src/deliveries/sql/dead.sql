-- Dead letters that match, the oldest first.
SELECT id FROM deliveries
WHERE dead
  AND (:registry::text IS NULL OR registry = :registry)
  AND (:service::text IS NULL OR service = :service)
  AND (:sender::text IS NULL OR sender = :sender)
  AND (:fromMs::bigint IS NULL OR accepted_ms >= :fromMs)
  AND (:toMs::bigint IS NULL OR accepted_ms < :toMs)
ORDER BY seq LIMIT :limit::bigint
