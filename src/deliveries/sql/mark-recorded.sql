-- Says of pushes where their acceptance stands in the log; gives those of which that was not known, in their order.
WITH marked AS (
  UPDATE deliveries d
  SET log_index = given.index,
      transitions = jsonb_build_array(jsonb_build_object(
        'id', d.id, 'log', d.origin, 'index', given.index, 'state', 'accepted', 'timeMs', d.accepted_ms))
  FROM json_to_recordset(:rows::json) AS given (id uuid, index bigint)
  WHERE d.id = given.id AND d.origin = :origin AND d.log_index IS NULL
  RETURNING d.id, d.registry, d.order_key, d.corrects, d.seq
),
certain AS (DELETE FROM delivery_unrecorded WHERE id IN (SELECT id FROM marked))
SELECT id, registry, order_key, corrects FROM marked ORDER BY seq
