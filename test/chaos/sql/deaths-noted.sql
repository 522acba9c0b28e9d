-- Deaths as social affairs know them.
SELECT pin AS effect FROM person WHERE deceased_on IS NOT NULL
