-- Since when the registered residence of a kind holds.
SELECT since FROM residence WHERE pin = :pin AND kind = :kind;
