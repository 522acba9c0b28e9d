-- Takes pushes out of the order that nobody else has seen: nobody sleeps behind them.
DELETE FROM delivery_turns WHERE id = ANY (:ids::uuid[])
