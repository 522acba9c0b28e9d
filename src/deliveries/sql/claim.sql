-- Takes messages in hand that nobody has or is about to do something with, and that no other one stands in for; `behind` is
-- the one before it about any of its people that is not settled yet, the last of several; `crossed` where a later one is in
-- hand, taken before the correction that is placed before it was there; `tried_since_ms` when it was tried first since it
-- was dead, if it ever was.
WITH claimed AS (
  UPDATE deliveries SET worker = :origin, taking = taking + 1
  WHERE id = ANY (:ids::uuid[]) AND final_ms IS NULL AND log_index IS NOT NULL AND worker IS NULL AND corrected_by IS NULL
    AND intention IS NULL
  RETURNING *
)
SELECT c.id, c.taking, c.accepted_ms, c.sender, c.service, c.version, c.issue, c.state, c.leg, c.tries,
  c.problem, c.in_doubt, m.content, m.results,
  (SELECT before.id
   FROM delivery_turns mine CROSS JOIN LATERAL (
     SELECT t.id, t.turn, t.seq FROM delivery_turns t
     WHERE t.person = mine.person AND (t.turn, t.seq) < (mine.turn, mine.seq)
     ORDER BY t.turn DESC, t.seq DESC LIMIT 1) before
   WHERE mine.id = c.id
   ORDER BY before.turn DESC, before.seq DESC LIMIT 1) AS behind,
  c.turn IS NOT NULL AND EXISTS (
    SELECT FROM delivery_turns mine
    JOIN delivery_turns t ON t.person = mine.person AND (t.turn, t.seq) > (mine.turn, mine.seq)
    JOIN deliveries later ON later.id = t.id AND later.worker IS NOT NULL
    WHERE mine.id = c.id) AS crossed,
  (SELECT (o.entry ->> 'timeMs')::bigint
   FROM jsonb_array_elements(c.transitions) WITH ORDINALITY AS o (entry, n)
   WHERE o.entry ->> 'state' <> 'accepted' AND o.n > (
     SELECT coalesce(max(l.n), 0)
     FROM jsonb_array_elements(c.transitions) WITH ORDINALITY AS l (entry, n) WHERE l.entry ->> 'state' = 'dead')
   ORDER BY o.n LIMIT 1) AS tried_since_ms
FROM claimed c LEFT JOIN delivery_messages m ON m.id = c.id
