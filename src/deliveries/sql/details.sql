-- One push with all there is to tell of it. One that stands in for it is told of once it is recorded.
SELECT d.id, d.seq, d.accepted_ms, d.sender, d.service, d.version, d.registry, d.state, d.since_ms, d.leg, d.tries,
  d.next_try_ms, d.problem, d.reason, d.in_doubt, d.final_ms, d.corrects, d.log_index,
  (SELECT l.id FROM deliveries l WHERE l.id = d.corrected_by AND l.log_index IS NOT NULL) AS corrected_by,
  d.transitions, m.results, d.intention -> 'next' ->> 'state' AS intended,
  CASE WHEN d.final_ms IS NULL THEN
    (SELECT e.id FROM deliveries e
     WHERE e.registry = d.registry AND e.order_key = d.order_key AND e.final_ms IS NULL
       AND (coalesce(e.turn, e.seq), e.seq) < (coalesce(d.turn, d.seq), d.seq)
     ORDER BY coalesce(e.turn, e.seq), e.seq LIMIT 1) END AS behind
FROM deliveries d LEFT JOIN delivery_messages m ON m.id = d.id
WHERE d.id = :id::uuid
