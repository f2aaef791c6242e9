#!/bin/sh
# Ends what a run leaves behind, however the run ends: waits for the end of its stdin, which the kernel closes with the run's
# process, then kills what carries the run's mark in its environment ($1), the postmaster of its database, and removes its
# folder ($2).
cat >/dev/null
end_marked() {
  found=0
  for folder in /proc/[0-9]*; do
    if tr '\0' '\n' 2>/dev/null <"$folder/environ" | grep -qx "JRCTL_TEST_RUN=$1"; then
      kill -9 "${folder#/proc/}" 2>/dev/null && found=1
    fi
  done
}
rounds=0
found=1
while [ "$found" = 1 ] && [ "$rounds" -lt 20 ]; do
  end_marked "$1"
  rounds=$((rounds + 1))
done
for file in "$2"/server/postgres/data/postmaster.pid; do
  [ -r "$file" ] || continue
  read -r pid <"$file"
  [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = postgres ] && kill -9 "$pid"
done
rm -rf "$2"
