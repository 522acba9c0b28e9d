-- The allowance for a funeral.
INSERT INTO funeral_allowance (pin, decision_number, decision_date, recipient_pin, amount_vnd, commune_code)
VALUES (:pin, :decision_number, :decision_date, :recipient_pin, :amount_vnd, :commune_code)
