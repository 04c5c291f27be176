#!/bin/sh
# When something is said in a recording, as lines "seconds<TAB>text":
#   find-words.sh budget < meeting.mp4
#   ssh archive cat meeting.mkv | find-words.sh 'budget|cost' --language en
# Further arguments are Sotto's. Exit code 1: it is not said; others are Sotto's own.
set -eu
words=$1
shift
# a pipe's exit code is grep's: so Sotto goes first and must succeed
said=$(sotto --quiet --format tsv "$@" -)
printf '%s\n' "$said" | awk -F '\t' 'NR > 1 { printf "%.1f\t%s\n", $1 / 1000, $3 }' | grep -iE -e "$words"
