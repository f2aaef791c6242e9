#!/bin/sh
# The bus from a shell:
#
#     sh word-count.sh respond                answers requests to words.count: how many words a text has
#     sh word-count.sh ask "how many are we"
#
# To respond is one line with jrctl, for any program that reads stdin and prints. To ask, curl is enough; JRCTL_SOCKET says
# where the daemon is (a worker's environment has it, `jrctl status --json` tells it too).
set -eu
case ${1-} in
respond)
  exec jrctl bus respond words.count -- wc -w
  ;;
ask)
  # Quotes and backslashes are JSON's own; a text from elsewhere is better made into JSON by jq.
  text=$(printf '%s' "$2" | sed 's/[\\"]/\\&/g')
  curl --silent --show-error --fail-with-body --unix-socket "$JRCTL_SOCKET" http://jrctl/v1/bus/request \
    --header 'content-type: application/json' \
    --header 'x-jrctl-actor: word-count.sh' \
    --data "{\"topic\": \"words.count\", \"data\": \"$text\", \"timeout_ms\": 5000}"
  echo
  ;;
*)
  echo "usage: $0 respond | ask TEXT" >&2
  exit 2
  ;;
esac
