#!/bin/sh
# A worker that is always at work: tells the file $1 of its start, then counts in its log. Ends with the code that it finds in the
# folder $2 under its name, as soon as there is one.
printf '%s %s %s\n' "$JR_NAME" "$JRCTL_MARK" "$$" >>"$1"
count=0
while :; do
  count=$((count + 1))
  echo "$count"
  if [ -r "$2/$JR_NAME" ]; then
    read -r code <"$2/$JR_NAME"
    exit "$code"
  fi
  sleep 0.5
done
