-- Pushes in whose place others are to stand, kept as they are until the transaction ends; `busy` where somebody else is
-- about one at this moment: nobody waits for that.
WITH locked AS MATERIALIZED (
  SELECT id, state, worker, corrected_by FROM deliveries
  WHERE id = ANY (:ids::uuid[]) AND log_index IS NOT NULL
  FOR UPDATE SKIP LOCKED
)
SELECT d.id, d.sender, d.service, d.order_key, l.state, l.corrected_by, l.id IS NULL OR l.worker IS NOT NULL AS busy
FROM deliveries d LEFT JOIN locked l ON l.id = d.id
WHERE d.id = ANY (:ids::uuid[]) AND d.log_index IS NOT NULL
