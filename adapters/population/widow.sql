-- Whoever was married to the dead is widowed.
UPDATE person SET marital_status = 'widowed', spouse_pin = NULL, spouse_name = NULL
WHERE spouse_pin = :pin AND marital_status = 'married'
RETURNING pin;
