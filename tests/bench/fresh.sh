#!/usr/bin/env bash
# Measures fresh copies that tests ask for one by one, by `pgclone run` and by what people use in its
# place; see --help, and docs/performance.md for how to read the tables. Installs what it needs, starts
# servers of its own, and leaves nothing behind but Go's cache. pgtestdb and IntegreSQL are built from
# Go's module proxy; where that cannot be had they are left out, and the table says why.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

case " $* " in
    *' --help '* | *' -h '* | *' --table '*) ;;
    *) bash "$here/../support/packages.sh" server bench >&2 ;;
esac
# Python sets its own handlers for signals, and takes everything down that it started.
PYTHONDONTWRITEBYTECODE=1 exec /usr/bin/python3 "$here/fresh.py" "$@"
