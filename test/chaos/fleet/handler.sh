#!/bin/sh
# What the tasks of the chaos do: writes into the effects file (one line a step, appended whole and on disk before it goes on)
# and ends as the task's title says, "KIND HH": ok, fail, ask, final or die, after two waits of HH hundredths of a second.
effects=$1
set -- $JR_TASK_TITLE

effect() {
  read -r uptime idle </proc/uptime
  printf '%s %s %s %s %s %s\n' "$1" "$JR_TASK_ID" "$JR_TASK_ATTEMPT" "$JRCTL_ATTEMPT_MARK" "$JRCTL_ATTEMPT_KEY" "$uptime" |
    dd of="$effects" oflag=append conv=notrunc,fsync status=none
}

effect start
sleep "0.$2"
effect middle
sleep "0.$2"
case $1 in
  fail) effect end; exit 1 ;;
  ask) [ "$JR_TASK_ATTEMPT" -gt 1 ] || { effect end; exit 75; } ;;
  final) effect end; exit 65 ;;
  die) kill -9 $$ ;;
esac
effect end
printf '{"by":"%s"}\n' "$JRCTL_ATTEMPT_MARK"
