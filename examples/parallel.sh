#!/bin/sh
# Subtitles for every recording of a folder, several at once, with GNU parallel:
#   parallel.sh RECORDINGS SUBTITLES [option of sotto]...
# JOBS says how many (2), THREADS how many cores each takes (the machine's, shared out).
set -eu
recordings=$1
subtitles=$2
shift 2
jobs=${JOBS:-2}
threads=${THREADS:-$(($(nproc) / jobs > 0 ? $(nproc) / jobs : 1))}
mkdir -p "$subtitles"
find "$recordings" -type f \
  \( -iname '*.mp4' -o -iname '*.mkv' -o -iname '*.webm' -o -iname '*.mp3' -o -iname '*.m4a' -o -iname '*.wav' -o -iname '*.flac' \) \
  -print0 |
  parallel --null --quote --jobs "$jobs" --joblog "$subtitles/jobs.log" --halt never \
    sotto --quiet --threads "$threads" --skip-existing --output-dir "$subtitles" "$@" {}
