#!/usr/bin/env bash
# Measures how soon the command of `pgclone run --overlap` begins; see --help, and docs/performance.md.
# Installs what it needs, starts a server of its own, and leaves nothing behind.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

case " $* " in
    *' --help '* | *' -h '*) ;;
    *) bash "$here/../support/packages.sh" server bench >&2 ;;
esac
# Python sets its own handlers for signals, and takes everything down that it started.
PYTHONDONTWRITEBYTECODE=1 exec /usr/bin/python3 "$here/overlap.py" "$@"
