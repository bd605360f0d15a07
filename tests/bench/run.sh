#!/usr/bin/env bash
# Measures pgclone beside what people use in its place; see --help, and docs/performance.md for how
# to read the tables. Installs what it needs, starts servers of its own, and leaves nothing behind.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
packages=(postgresql-client-15 python3-psycopg2 python3-sqlalchemy python3-django gnuplot-nox
    e2fsprogs mount xfsprogs time)

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

install() {
    local missing=() package
    for package in "${packages[@]}"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
            missing+=("$package")
    done
    # postgres.sh gets PostgreSQL 18 with it.
    command -v npm >/dev/null || missing+=(npm)
    if [ ${#missing[@]} -gt 0 ]; then
        as_root apt-get -q update
        as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get -y -q --no-install-recommends install "${missing[@]}"
    fi
    bash "$here/../support/packages.sh" server
}

case " $* " in
    *' --help '* | *' -h '*) ;;
    *) install >&2 ;;
esac
# Python sets its own handlers for signals, and takes everything down that it started.
PYTHONDONTWRITEBYTECODE=1 exec /usr/bin/python3 "$here/bench.py" "$@"
