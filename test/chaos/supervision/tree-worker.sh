#!/bin/sh
# A worker with a family of the kind $1. Everything that it starts carries $2 in its command line, by which whoever counts finds
# it, whatever became of its environment, session and parents. Tells the file $3 when the family stands.
kind=$1
mark=$2
up() { echo "$kind" >>"$1"; }
stubborn='trap "" TERM HUP INT; while :; do sleep 1; done'
case $kind in
  grandchildren)
    sh -c 'sleep "$1" & sleep "$1" & wait' sh "$mark" &
    ;;
  double-fork)
    (sleep "$mark" &)
    ;;
  ignores-term)
    trap '' TERM
    sh -c "$stubborn" sh "$mark" &
    ;;
  setsid)
    (setsid sh -c "$stubborn" sh "$mark" &)
    ;;
  strangers)
    # A daemon as the textbook makes it, but for its environment: session, parent and terminal are its own.
    (setsid sh -c '(setsid sleep "$1" &); exec sleep "$1"' sh "$mark" &)
    ;;
  nameless)
    # As above, and nothing in its environment tells whose it is.
    (env -i PATH="$PATH" setsid sh -c 'exec sleep "$1"' sh "$mark" &)
    ;;
esac
up "$3"
while :; do sleep 1; done
