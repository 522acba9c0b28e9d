-- One party of a marriage.
UPDATE person SET marital_status = 'married', spouse_pin = :spouse_pin, spouse_name = :spouse_name
WHERE pin = :pin;
