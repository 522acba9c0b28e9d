-- A benefit that a commune has granted.
INSERT INTO benefit (
  decision_number, decision_date, pin, category, coefficient, monthly_vnd, from_date, to_date, stop_reason, commune_code
)
VALUES (
  :decision_number, :decision_date, :pin, :category, :coefficient, :monthly_vnd, :from_date, :to_date, NULL, :commune_code
)
