-- A push as an operator finds it.
SELECT d.id, d.sender, d.service, d.version, d.registry, d.state, d.leg, d.tries, d.in_doubt, d.worker, d.final_ms, d.corrected_by, d.log_index,
  d.intention IS NOT NULL AS intended, m.content
FROM deliveries d LEFT JOIN delivery_messages m ON m.id = d.id
WHERE d.id = :id::uuid
