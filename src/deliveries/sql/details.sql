-- One push with all there is to tell of it. One that stands in for it is told of once it is recorded.
SELECT d.id, d.seq, d.accepted_ms, d.sender, d.service, d.version, d.registry, d.state, d.since_ms, d.leg, d.tries,
  d.next_try_ms, d.problem, d.reason, d.in_doubt, d.final_ms, d.corrects, d.log_index,
  (SELECT l.id FROM deliveries l WHERE l.id = d.corrected_by AND l.log_index IS NOT NULL) AS corrected_by,
  d.transitions, m.results, d.intention -> 'next' ->> 'state' AS intended,
  (SELECT earliest.id
   FROM delivery_turns mine CROSS JOIN LATERAL (
     SELECT t.id, t.turn, t.seq FROM delivery_turns t
     WHERE t.person = mine.person AND (t.turn, t.seq) < (mine.turn, mine.seq)
     ORDER BY t.turn, t.seq LIMIT 1) earliest
   WHERE mine.id = d.id
   ORDER BY earliest.turn, earliest.seq LIMIT 1) AS behind
FROM deliveries d LEFT JOIN delivery_messages m ON m.id = d.id
WHERE d.id = :id::uuid
