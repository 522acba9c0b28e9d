#!/bin/sh
# Puts the keys that all gateways have in common into this one's data folder, before its first start; never over a key.
# Each gateway makes the key that signs its log by itself.
set -eu
data=$1
shared=$2
install -d -m 0700 "$data" "$data/keys"
for key in token-signing.jwk pseudonym.key evidence.key delivery.key cache.key; do
  [ -e "$data/keys/$key" ] || install -m 0600 "$shared/$key" "$data/keys/$key"
done
