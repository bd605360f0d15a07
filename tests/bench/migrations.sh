#!/usr/bin/env bash
# Measures the databases of four workers with the migrations of Wagtail in them: by `pgclone create` with
# `build`, and by `manage.py migrate` for each; see --help, and docs/performance.md. Installs what it needs
# (Wagtail from PyPI into the tests' cache), starts a server of its own, and leaves nothing else behind.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# Whole, or not at all: the folder gets its name when everything is in it. Only its Python is
# called by its path, so that the folder may be renamed.
install_wagtail() {
    local folder=$1
    [ ! -d "$folder" ] || return 0
    mkdir -p "$(dirname "$folder")"
    rm -rf "$folder.new"
    /usr/bin/python3 -m venv "$folder.new"
    "$folder.new/bin/python" -m pip install -q -r "$here/wagtail/requirements.txt"
    mv "$folder.new" "$folder"
}

wagtail=
case " $* " in
    *' --help '* | *' -h '*) ;;
    *)
        bash "$here/../support/packages.sh" server bench >&2
        cache=/var/cache
        [ "$(id -u)" -eq 0 ] || cache=${XDG_CACHE_HOME:-$HOME/.cache}
        wagtail=$cache/pgclone-test/bench-wagtail-$(sha256sum <"$here/wagtail/requirements.txt" | cut -c 1-12)
        install_wagtail "$wagtail" >&2
        ;;
esac
# Python sets its own handlers for signals, and takes everything down that it started.
PYTHONDONTWRITEBYTECODE=1 WAGTAIL_PYTHON=$wagtail/bin/python \
    exec /usr/bin/python3 "$here/migrations.py" "$@"
