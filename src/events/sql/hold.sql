-- Whoever numbers is alone until its transaction is committed. A statement of its own: the next one then sees every
-- number that was given before.
SELECT last FROM announcement_numbers FOR UPDATE
