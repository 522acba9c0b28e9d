-- Every line of a residence that was written, as often as it was.
SELECT line AS effect FROM effect
