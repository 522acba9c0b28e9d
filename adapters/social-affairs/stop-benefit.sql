-- A commune has ended a benefit.
UPDATE benefit SET to_date = :to_date, stop_reason = :stop_reason WHERE decision_number = :decision_number
