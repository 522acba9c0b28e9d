-- The dead live nowhere.
DELETE FROM residence WHERE pin = :pin;
