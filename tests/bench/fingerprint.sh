#!/usr/bin/env bash
# How long it takes to read what a template is made from: 1,000 files with 20 MB, by pgclone and by
# xxh128sum, as whole processes, in turns.
#
#   bash tests/bench/fingerprint.sh [ROUNDS]
#
# pgclone hashes its inputs before it connects: here to a port where nobody listens, so that its time has
# its start, the files, and a refused connection in it. PGCLONE names the program (default: the release
# build). Installs what it needs, and leaves nothing behind.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
pgclone=${PGCLONE:-$(cd "$here/../.." && pwd)/build/release/pgclone}
bash "$here/../support/packages.sh" bench >&2
unset "${!PG@}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

for folder in $(seq 20); do
    mkdir -p "inputs/$folder"
    for file in $(seq 50); do
        head -c 20971 /dev/urandom >"inputs/$folder/$file.sql"
    done
done
cat >pgclone.yaml <<'YAML'
server: postgresql://127.0.0.1:1/library
wait: 0
build:
  command: "true"
  inputs: inputs
YAML
mapfile -t files < <(find inputs -type f)

# Milliseconds of a command, which may fail.
milliseconds() {
    local started ended
    started=$(date +%s%N)
    "$@" >/dev/null 2>&1 || true
    ended=$(date +%s%N)
    echo $(((ended - started) / 10000)) | sed 's/..$/.&/; s/^\./0./'
}

for _ in $(seq "${1:-31}"); do
    milliseconds "$pgclone" template build >>pgclone.times
    milliseconds xxh128sum "${files[@]}" >>xxh128sum.times
done
median() { sort -n "$1" | sed -n "$((($(wc -l <"$1") + 1) / 2))p"; }
ours=$(median pgclone.times) theirs=$(median xxh128sum.times)
printf 'pgclone %s ms, xxh128sum %s ms: %s times\n' "$ours" "$theirs" \
    "$(awk "BEGIN { printf \"%.2f\", $ours / $theirs }")"
