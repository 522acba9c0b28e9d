-- The household has a new head.
UPDATE household SET head_pin = :pin WHERE code = :code;
