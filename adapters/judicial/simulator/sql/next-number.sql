-- The number of the next registration.
SELECT nextval('so_dang_ky') AS so
