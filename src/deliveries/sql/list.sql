-- Pushes that match, the newest first, behind a place.
SELECT id, seq, accepted_ms, sender, service, version, registry, state, since_ms, leg, tries, next_try_ms, problem,
  reason, in_doubt, final_ms, corrects, intention -> 'next' ->> 'state' AS intended,
  (SELECT l.id FROM deliveries l WHERE l.id = d.corrected_by AND l.log_index IS NOT NULL) AS corrected_by,
  CASE WHEN final_ms IS NULL THEN
    (SELECT e.id FROM deliveries e
     WHERE e.registry = d.registry AND e.order_key = d.order_key AND e.final_ms IS NULL
       AND (coalesce(e.turn, e.seq), e.seq) < (coalesce(d.turn, d.seq), d.seq)
     ORDER BY coalesce(e.turn, e.seq), e.seq LIMIT 1) END AS behind
FROM deliveries d
WHERE log_index IS NOT NULL
  AND (:sender::text IS NULL OR sender = :sender)
  AND (:registry::text IS NULL OR registry = :registry)
  AND (:service::text IS NULL OR service = :service)
  AND (:state::text IS NULL OR state = :state)
  AND (:issue::text IS NULL OR issue = :issue)
  AND (:fromMs::bigint IS NULL OR accepted_ms >= :fromMs)
  AND (:toMs::bigint IS NULL OR accepted_ms < :toMs)
  AND (:after::bigint IS NULL OR seq < :after)
ORDER BY seq DESC
LIMIT :limit::bigint
