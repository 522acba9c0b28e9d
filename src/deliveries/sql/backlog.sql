-- What is not final, by registry.
SELECT registry,
  count(*) FILTER (WHERE NOT dead AND worker IS NULL)::int AS waiting,
  count(*) FILTER (WHERE worker IS NOT NULL)::int AS "underWay",
  count(*) FILTER (WHERE dead)::int AS dead,
  min(accepted_ms) FILTER (WHERE NOT dead AND worker IS NULL) AS "oldestMs"
FROM deliveries
WHERE final_ms IS NULL AND log_index IS NOT NULL
GROUP BY registry
ORDER BY registry
