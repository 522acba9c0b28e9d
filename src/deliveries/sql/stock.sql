-- Pushes that are not settled, by registry and by how they stand.
WITH unsettled AS (
  SELECT registry, state, accepted_ms, 
    lag(seq) OVER (PARTITION BY registry, order_key ORDER BY coalesce(turn, seq), seq) IS NOT NULL AS held
  FROM deliveries
  WHERE final_ms IS NULL AND log_index IS NOT NULL
), standing AS (
  SELECT registry, accepted_ms,
    CASE
      WHEN state = 'dead' THEN 'dead'
      WHEN held THEN 'held'
      WHEN state = 'accepted' THEN 'waiting'
      WHEN state IN ('delivering', 'retrying') THEN state
      ELSE 'awaiting-answer'
    END AS standing
  FROM unsettled
)
SELECT registry, standing, count(*) AS count, min(accepted_ms) AS oldest_ms
FROM standing
GROUP BY registry, standing
