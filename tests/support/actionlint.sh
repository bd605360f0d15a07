#!/usr/bin/env bash
# Prints the path of actionlint, which no distribution has: built once, by Go, from its module.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=SCRIPTDIR/../../.github/packaging/versions
. "$here/../../.github/packaging/versions"
if [ "$(id -u)" -eq 0 ]; then
    cache=/var/cache/pgclone-test
else
    cache=${XDG_CACHE_HOME:-$HOME/.cache}/pgclone-test
fi
folder=$cache/actionlint-$ACTIONLINT
if [ ! -x "$folder/actionlint" ]; then
    mkdir -p "$folder"
    GOBIN=$folder GOFLAGS='' go install "github.com/rhysd/actionlint/cmd/actionlint@v$ACTIONLINT" >&2
fi
echo "$folder/actionlint"
