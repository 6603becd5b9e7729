#!/bin/sh
# Runs a program for as long as the other end of descriptor 3 is open: when `attestor up` dies, by whatever signal, the
# program is told to stop instead of staying behind with its ports. Exits as the program does.
"$@" 3<&- &
program=$!
trap 'kill -TERM "$program" 2>/dev/null' TERM INT HUP
(
  read -r _ <&3
  kill -TERM "$program" 2>/dev/null
  sleep 10
  kill -KILL "$program" 2>/dev/null
) >/dev/null 2>&1 &
watcher=$!
# A trapped signal ends `wait` early, so it is asked again until the program is gone.
while :; do
  wait "$program"
  code=$?
  kill -0 "$program" 2>/dev/null || break
done
kill "$watcher" 2>/dev/null
exit "$code"
