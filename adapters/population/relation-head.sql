-- The new head's own place in the book.
UPDATE household_member SET relation = 'head' WHERE pin = :pin;
