#!/usr/bin/env bash
# Measures fresh copies that tests ask for one by one, by `pgclone run` and by what people use in its
# place; see --help, and docs/performance.md for how to read the tables. Installs what it needs, starts
# servers of its own, and leaves nothing behind but Go's cache. pgtestdb is built from Go's module
# proxy; where that cannot be had it is left out, and the table says why.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
packages=(postgresql-client-15 python3-psycopg2 e2fsprogs mount)

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

install() {
    local missing=() package
    for package in "${packages[@]}"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
            missing+=("$package")
    done
    command -v go >/dev/null || missing+=(golang-go)
    if [ ${#missing[@]} -gt 0 ]; then
        as_root apt-get -q update
        as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get -y -q --no-install-recommends install "${missing[@]}"
    fi
    bash "$here/../support/packages.sh" server
}

case " $* " in
    *' --help '* | *' -h '* | *' --table '*) ;;
    *) install >&2 ;;
esac
# Python sets its own handlers for signals, and takes everything down that it started.
PYTHONDONTWRITEBYTECODE=1 exec /usr/bin/python3 "$here/fresh.py" "$@"
