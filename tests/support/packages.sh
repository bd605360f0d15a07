#!/usr/bin/env bash
# Installs what is missing, from the distribution's own packages (Debian, Ubuntu).
#
#   packages.sh build          compiler, CMake, Ninja and the libraries: what the program needs
#   packages.sh unit           cmocka and valgrind
#   packages.sh server         PostgreSQL's server programs; no cluster is made or started
#   packages.sh integration    pytest, shells to complete in, Go, and npm for the other PostgreSQL versions
#   packages.sh migrations     migration tools, and what the others are got with; needs `integration`
#   packages.sh recipes        test runners of other languages; needs `integration` and `migrations`
#   packages.sh packages       what .github/packaging makes packages with, and their tests a bare system
#   packages.sh lint           formatter, linters
#   packages.sh bench          what tests/bench measures with, and beside; npm gets it PostgreSQL 18
#
# Several groups may be named. dpkg is asked first, so a second run is offline and fast. Works as
# root and with sudo; elsewhere it says what is needed, and ends with 1 if something is not there.
set -euo pipefail

# One package a word. What stands behind `=` satisfies it too, wherever it comes from: a command, a
# path, `pc:` and a pkg-config module, `py:` and a module of the system's Python, or the server.
group_packages() {
    case $1 in
        build)
            echo gcc=gcc libc6-dev=/usr/include/stdio.h cmake=cmake ninja-build=ninja \
                pkg-config=pkg-config libpq-dev=pc:libpq libcyaml-dev=pc:libcyaml \
                libyaml-dev=pc:yaml-0.1 libjansson-dev=pc:jansson \
                libxxhash-dev=pc:libxxhash
            ;;
        unit)
            # valgrind needs the C library's symbols, which Debian keeps in a package of their own.
            echo libcmocka-dev=pc:cmocka valgrind=valgrind libc6-dbg=/usr/lib/debug
            ;;
        server) echo postgresql=server postgresql-client=psql ;;
        lint)
            echo clang=clang clang-format=clang-format clang-tidy=clang-tidy mandoc=mandoc \
                shellcheck=shellcheck golang-go=go ca-certificates=/etc/ssl/certs/ca-certificates.crt
            ;;
        integration)
            echo python3=/usr/bin/python3 python3-pytest=py:pytest python3-psycopg2=py:psycopg2 \
                python3-pytest-xdist=py:xdist python3-pyte=py:pyte pgbouncer=pgbouncer nodejs=node npm=npm \
                golang-go=go xfsprogs=mkfs.xfs zsh=zsh fish=fish \
                bash-completion=/usr/share/bash-completion/bash_completion
            ;;
        migrations)
            # Java is whatever Maven asks for.
            echo python3-venv=py:ensurepip maven=mvn ruby-railties=rails \
                ruby-activerecord=/usr/share/doc/ruby-activerecord \
                ruby-pg=/usr/lib/ruby/vendor_ruby/pg.rb
            ;;
        recipes)
            echo cargo=cargo default-jdk-headless=javac php-cli=php phpunit=phpunit \
                php-pgsql=/usr/share/doc/php-pgsql patch=patch
            ;;
        packages)
            echo dpkg-dev=dpkg-shlibdeps rpm=rpmbuild python3-venv=py:ensurepip npm=npm \
                mmdebstrap=mmdebstrap
            ;;
        bench)
            echo postgresql-client-15=/usr/lib/postgresql/15/bin/psql python3-psycopg2=py:psycopg2 \
                python3-sqlalchemy=py:sqlalchemy python3-django=py:django gnuplot-nox=gnuplot xxhash=xxh128sum \
                e2fsprogs=mkfs.ext4 mount=mount xfsprogs=mkfs.xfs time=/usr/bin/time npm=npm \
                golang-go=go python3-venv=py:ensurepip
            ;;
        *)
            echo "packages.sh: unknown group \"$1\": build, unit, server, integration," \
                "migrations, recipes, packages, lint or bench" >&2
            return 2
            ;;
    esac
}

# Whether what stands behind `=` is there.
have_substitute() {
    case $1 in
        server) bash "$(dirname "${BASH_SOURCE[0]}")/server.sh" bindir >/dev/null 2>&1 ;;
        pc:*) pkg-config --exists "${1#pc:}" 2>/dev/null ;;
        py:*) /usr/bin/python3 -c "import ${1#py:}" 2>/dev/null ;;
        /*) [ -e "$1" ] ;;
        *) command -v "$1" >/dev/null 2>&1 ;;
    esac
}

have_package() {
    command -v dpkg-query >/dev/null 2>&1 &&
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        env DEBIAN_FRONTEND=noninteractive "$@" </dev/null
    elif command -v sudo >/dev/null 2>&1; then
        sudo env DEBIAN_FRONTEND=noninteractive "$@" </dev/null
    else
        echo "packages.sh: run as root, or install sudo; what is needed: $*" >&2
        return 1
    fi
}

apt_install() {
    as_root apt-get -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confdef \
        -o Dpkg::Options::=--force-confold -o APT::Keep-Downloaded-Packages=false \
        -y -q --no-install-recommends install "$@"
}

# Debian's PostgreSQL package makes and starts a cluster on port 5432 when it is installed. Its own
# switch for that (see createcluster.conf) is set in a file of ours while it is installed.
install_server() {
    local folder=/etc/postgresql-common/createcluster.d
    apt_install postgresql-common
    as_root mkdir -p "$folder"
    as_root sh -c "echo 'create_main_cluster = false' >$folder/pgclone-no-cluster.conf"
    local status=0
    apt_install "$@" || status=$?
    as_root rm -f "$folder/pgclone-no-cluster.conf"
    as_root rmdir "$folder" 2>/dev/null || true
    return "$status"
}

# CMake's presets need 3.25, which is newer than what Ubuntu 22.04 has.
check_cmake() {
    local version
    version=$(cmake --version | sed -n '1s/.* \([0-9][0-9.]*\).*/\1/p')
    if [ "$(printf '%s\n3.25\n' "$version" | sort -V | head -n 1)" != 3.25 ]; then
        echo "packages.sh: CMake $version is too old: 3.25 is needed." >&2
        echo "packages.sh: on Ubuntu 22.04, get it from PyPI with 'pip install cmake' or from the" \
            "snap store with 'snap install --classic cmake', and put it first in PATH." >&2
        return 1
    fi
}

main() {
    local wanted='' missing=() server=() group item package
    [ $# -gt 0 ] || set -- build
    for group in "$@"; do
        wanted+=" $(set -f; group_packages "$group")" || exit 2
    done
    set -f
    for item in $wanted; do
        package=${item%%=*}
        have_package "$package" && continue
        have_substitute "${item#*=}" && continue
        case $package in
            postgresql*) server+=("$package") ;;
            *) missing+=("$package") ;;
        esac
    done
    set +f
    if [ $((${#missing[@]} + ${#server[@]})) -gt 0 ]; then
        if ! command -v apt-get >/dev/null 2>&1; then
            echo "packages.sh: this script knows Debian and Ubuntu only. Install what these" \
                "packages hold, then run it again: ${missing[*]} ${server[*]}" >&2
            exit 1
        fi
        echo "installing: ${missing[*]} ${server[*]}"
        as_root apt-get -o DPkg::Lock::Timeout=300 -q update ||
            echo "packages.sh: the package lists could not be renewed; going on with the old ones" >&2
        if [ ${#server[@]} -gt 0 ]; then install_server "${server[@]}"; fi
        if [ ${#missing[@]} -gt 0 ]; then apt_install "${missing[@]}"; fi
    fi
    case " $* " in *' build '*) check_cmake ;; esac
}

main "$@"
