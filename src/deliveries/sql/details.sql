-- One push with all there is to tell of it.
SELECT d.id, d.seq, d.accepted_ms, d.sender, d.service, d.version, d.registry, d.state, d.since_ms, d.leg, d.tries,
  d.next_try_ms, d.problem, d.reason, d.final_ms, d.corrects, d.corrected_by, d.transitions, m.results,
  CASE WHEN d.final_ms IS NULL THEN
    (SELECT e.id FROM deliveries e
     WHERE e.registry = d.registry AND e.order_key = d.order_key AND e.seq < d.seq AND e.final_ms IS NULL
     ORDER BY e.seq LIMIT 1) END AS behind
FROM deliveries d LEFT JOIN delivery_messages m ON m.id = d.id
WHERE d.id = :id::uuid AND d.log_index IS NOT NULL
