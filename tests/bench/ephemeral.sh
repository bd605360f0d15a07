#!/usr/bin/env bash
# A server from nothing to four clones of the quick start's schema and back: `pgclone run --ephemeral`
# beside Debian's pg_virtualenv, in turns, as whole commands.
#
#   bash tests/bench/ephemeral.sh [ROUNDS]       (default: 5, after one warm-up of each)
#
# PGCLONE names the program (default: the release build). pg_virtualenv gets the same work: the schema
# loaded into a template, and createdb -T and dropdb for each of four databases.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=$(cd "$here/../.." && pwd)
pgclone=${PGCLONE:-$project/build/release/pgclone}
schema=$project/docs/quickstart/schema.sql
rounds=${1:-5}
unset "${!PG@}"
cd /

ours() {
    "$pgclone" run --ephemeral --sql "$schema" --workers 4 -- true
}

# shellcheck disable=SC2016
theirs() {
    pg_virtualenv sh -c '
        createdb library && psql -X -q -v ON_ERROR_STOP=1 -f "$1" library >/dev/null &&
        for n in 0 1 2 3; do createdb -T library "library_gw$n" || exit; done &&
        for n in 0 1 2 3; do dropdb "library_gw$n" || exit; done' sh "$schema" >/dev/null
}

# The command's wall time in milliseconds.
time_ms() {
    local start=$EPOCHREALTIME
    "$@" >&2
    local end=$EPOCHREALTIME
    echo $(((${end/./} - ${start/./}) / 1000))
}

median() { sort -n | sed -n "$(((rounds + 1) / 2))p"; }

ours_ms=() theirs_ms=()
ours && theirs
for ((round = 0; round < rounds; round++)); do
    ours_ms+=("$(time_ms ours)")
    theirs_ms+=("$(time_ms theirs)")
done
mine=$(printf '%s\n' "${ours_ms[@]}" | median)
peer=$(printf '%s\n' "${theirs_ms[@]}" | median)
printf 'pgclone run --ephemeral: %s (median %s ms)\n' "${ours_ms[*]}" "$mine"
printf 'pg_virtualenv:           %s (median %s ms)\n' "${theirs_ms[*]}" "$peer"
awk -v a="$peer" -v b="$mine" 'BEGIN { printf "ratio of the medians: %.1f\n", a / b }'
