#!/bin/sh
# The worker of every contender: tells the FIFO $1 its pid as the first thing it does, and then does nothing. $2 is a word that no
# other process of the machine carries, and a number of seconds.
echo "$$" >"$1"
exec sleep "$2"
