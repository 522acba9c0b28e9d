-- Pushes that are not settled, by registry and by how they stand.
WITH later AS (
  SELECT id FROM (
    SELECT id, lag(seq) OVER (PARTITION BY person ORDER BY turn, seq) IS NOT NULL AS held FROM delivery_turns
  ) AS placed
  WHERE held GROUP BY id
), standing AS (
  SELECT d.registry, d.accepted_ms,
    CASE
      WHEN d.state = 'dead' THEN 'dead'
      WHEN later.id IS NOT NULL THEN 'held'
      WHEN d.state = 'accepted' THEN 'waiting'
      WHEN d.state IN ('delivering', 'retrying') THEN d.state
      ELSE 'awaiting-answer'
    END AS standing
  FROM deliveries d LEFT JOIN later ON later.id = d.id
  WHERE d.final_ms IS NULL AND d.log_index IS NOT NULL
)
SELECT registry, standing, count(*) AS count, min(accepted_ms) AS oldest_ms
FROM standing
GROUP BY registry, standing
