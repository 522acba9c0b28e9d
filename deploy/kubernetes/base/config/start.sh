#!/bin/sh
# Starts the gateway, and its log, under the name that log-names has for its pod; under that of the pod where it has none.
set -eu
pod=$LIENTHONG_NODE
# The last line counts also where nothing ends it.
while read -r of name || [ -n "$of" ]; do
  if [ "$of" = "$pod:" ]; then LIENTHONG_NODE=$name; fi
done < "${0%/*}/log-names"
export LIENTHONG_NODE
exec node dist/src/main.js "$@"
