-- Takes tokens from an agreement's bucket, which fills by the server's clock, and puts back what a gateway did not use.
-- KEYS[1]: the bucket. ARGV: burst, tokens a second, tokens wanted, tokens put back, a token for the question.
-- Gives the whole tokens taken, what the bucket holds after that, and the question's token.
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + time[2] / 1000
local burst, perSecond = tonumber(ARGV[1]), tonumber(ARGV[2])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'filledAtMs')
local tokens = tonumber(kept[1]) or burst
local filledAtMs = tonumber(kept[2]) or nowMs
-- Whatever somebody else wrote there is a bucket all the same; what is no number is not equal to itself.
if tokens ~= tokens or filledAtMs ~= filledAtMs then
  tokens, filledAtMs = burst, nowMs
end
-- A clock set back must not drain the bucket.
local elapsedMs = math.max(0, nowMs - filledAtMs)
tokens = math.min(burst, math.max(0, tokens) + elapsedMs / 1000 * perSecond + tonumber(ARGV[4]))
-- Ten refills of a tenth are a little less than one.
local taken = math.min(tonumber(ARGV[3]), math.floor(tokens + 0.000001))
tokens = math.max(0, tokens - taken)
redis.call('HSET', KEYS[1], 'tokens', string.format('%.17g', tokens), 'filledAtMs', string.format('%.17g', nowMs))
-- A full bucket and none are the same.
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.min((burst - tokens) / perSecond * 1000 + 1000, 1e14)))
return { taken, string.format('%.17g', tokens), ARGV[5] }
