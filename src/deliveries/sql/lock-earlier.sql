-- Pushes in whose place others are to stand, kept as they are until the transaction ends; `settled` where nobody else is
-- changing one at this moment and its acceptance is noted: nobody waits for that.
WITH locked AS MATERIALIZED (
  SELECT id, state, leg, in_doubt, worker, corrected_by, intention IS NOT NULL AS intended FROM deliveries
  WHERE id = ANY (:ids::uuid[]) AND log_index IS NOT NULL
  FOR UPDATE SKIP LOCKED
)
SELECT d.id, d.sender, d.service, d.order_key, l.state, l.leg, l.in_doubt, l.worker, l.corrected_by, l.intended, l.id IS NOT NULL AS settled
FROM deliveries d LEFT JOIN locked l ON l.id = d.id
WHERE d.id = ANY (:ids::uuid[])
