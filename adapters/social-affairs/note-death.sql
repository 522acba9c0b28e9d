-- A death, as exact as it is known: 2024, 2024-11 or 2024-11-03.
UPDATE person SET deceased_on = :deceased_on WHERE pin = :pin
