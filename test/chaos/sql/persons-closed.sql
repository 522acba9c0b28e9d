-- Deaths as the population register knows them.
SELECT pin AS effect FROM person WHERE status = 'deceased'
