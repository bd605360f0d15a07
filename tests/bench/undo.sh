#!/usr/bin/env bash
# Measures what a reset by undo takes, and what its notes cost a statement; see --help, and
# docs/performance.md. Installs what it needs, starts servers of its own, and leaves nothing behind.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

case " $* " in
    *' --help '* | *' -h '*) ;;
    *) bash "$here/../support/packages.sh" server bench >&2 ;;
esac
# Python sets its own handlers for signals, and takes everything down that it started.
PYTHONDONTWRITEBYTECODE=1 exec /usr/bin/python3 "$here/undo.py" "$@"
