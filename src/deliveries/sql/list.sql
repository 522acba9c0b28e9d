-- Pushes that match, the newest first, behind a place.
SELECT id, seq, accepted_ms, sender, service, version, registry, state, since_ms, leg, tries, next_try_ms, problem,
  reason, in_doubt, final_ms, corrects, intention -> 'next' ->> 'state' AS intended,
  (SELECT l.id FROM deliveries l WHERE l.id = d.corrected_by AND l.log_index IS NOT NULL) AS corrected_by,
  (SELECT earliest.id
   FROM delivery_turns mine CROSS JOIN LATERAL (
     SELECT t.id, t.turn, t.seq FROM delivery_turns t
     WHERE t.person = mine.person AND (t.turn, t.seq) < (mine.turn, mine.seq)
     ORDER BY t.turn, t.seq LIMIT 1) earliest
   WHERE mine.id = d.id
   ORDER BY earliest.turn, earliest.seq LIMIT 1) AS behind
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
