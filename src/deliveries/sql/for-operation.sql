-- A push as an operator finds it.
SELECT d.id, d.sender, d.service, d.version, d.registry, d.state, d.leg, d.tries, d.problem, d.worker, d.final_ms,
  m.content
FROM deliveries d LEFT JOIN delivery_messages m ON m.id = d.id
WHERE d.id = :id::uuid AND d.log_index IS NOT NULL
