-- Every stream, with how far it is behind what was announced, and whether a restart of it is kept and not done yet.
SELECT w.receiver, w.stream, w.cursor, w.tries, w.failing_since_ms, w.next_try_ms, w.fault, w.dead,
  greatest(n.last - w.cursor, 0) AS behind,
  EXISTS (SELECT FROM webhook_restarts r WHERE r.receiver = w.receiver) AS restarting
FROM webhooks w CROSS JOIN announcement_numbers n
ORDER BY w.receiver, w.stream
