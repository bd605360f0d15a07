#!/usr/bin/env bash
# A throw-away PostgreSQL server in a folder of its own.
#
#   server.sh bindir                             where the newest installed server programs are
#   server.sh start FOLDER [--bindir DIR] [--tcp] [--set NAME=VALUE]...
#                                                makes FOLDER, starts a server there
#   server.sh stop FOLDER                        ends that server and removes FOLDER
#
# `start` prints what to connect with, as shell assignments: HOST (the socket's folder), PORT, PID and
# the superuser's PASSWORD. The superuser is `postgres`. The socket trusts everyone who can reach it,
# which is this user alone. The server listens on no address unless --tcp asks for a free port of
# 127.0.0.1, where the password is asked for. Called by root, it runs as an unprivileged user.
set -euo pipefail

fail() {
    echo "server.sh: $*" >&2
    exit 1
}

# The newest version of those that Debian's layout holds, else what pg_config or PATH know.
find_bindir() {
    local found
    found=$(compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -n 1 || true)
    [ -n "$found" ] || found=$(command -v initdb || true)
    if [ -z "$found" ] && command -v pg_config >/dev/null 2>&1; then
        found=$(pg_config --bindir)/initdb
    fi
    [ -x "$found" ] || fail "no PostgreSQL server programs found (initdb, postgres)"
    dirname "$(readlink -f "$found")"
}

# PostgreSQL refuses to run as root.
server_user() {
    if [ "$(id -u)" -ne 0 ]; then
        id -un
    elif getent passwd postgres >/dev/null; then
        echo postgres
    else
        echo nobody
    fi
}

as_server_user() {
    if [ "$(id -u)" -eq 0 ]; then
        runuser -u "$(server_user)" -- "$@"
    else
        "$@"
    fi
}

free_port() {
    /usr/bin/python3 -c 'import socket
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    print(probe.getsockname()[1])'
}

# Ends the server of FOLDER, if it is alive and really that one, and waits for it.
end_server() {
    local folder=$1 pid
    pid=$(head -n 1 "$folder/data/postmaster.pid" 2>/dev/null || true)
    if [ -n "$pid" ] && tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "$folder/data"; then
        kill -INT "$pid"
        for _ in $(seq 200); do
            kill -0 "$pid" 2>/dev/null || return 0
            sleep 0.05
        done
        kill -QUIT "$pid" 2>/dev/null || true
        sleep 0.5
    fi
}

stop() {
    local folder=$1
    [ -d "$folder" ] || return 0
    # Nothing but a folder that `start` made is removed.
    [ -e "$folder/pgclone-throw-away-server" ] || fail "\"$folder\" is not a server's folder of mine"
    end_server "$folder"
    rm -rf "$folder"
}

start() {
    local folder=$1 bindir='' tcp='' addresses='' port=5432 password settings=() user
    shift
    while [ $# -gt 0 ]; do
        case $1 in
            --bindir) bindir=$2 && shift ;;
            --tcp) tcp=yes ;;
            --set) settings+=(-c "$2") && shift ;;
            *) fail "unknown option \"$1\"" ;;
        esac
        shift
    done
    [ -n "$bindir" ] || bindir=$(find_bindir)
    [ ! -e "$folder" ] || fail "\"$folder\" is there already"
    mkdir -m 700 "$folder"
    touch "$folder/pgclone-throw-away-server"
    folder=$(cd "$folder" && pwd)
    trap 'stop "$folder"' EXIT
    [ ${#folder} -le 80 ] || fail "\"$folder\" is too long a path for a socket"
    mkdir -m 700 "$folder/socket"
    password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    (umask 077 && echo "$password" >"$folder/password")
    user=$(server_user)
    if [ "$(id -u)" -eq 0 ]; then chown -R "$user" "$folder"; fi
    if [ -n "$tcp" ]; then
        addresses=127.0.0.1
        port=$(free_port)
    fi

    # The working folder may be one that the unprivileged user must not see.
    cd /
    as_server_user "$bindir/initdb" -D "$folder/data" -U postgres -E UTF8 --no-locale --no-sync \
        --auth-local=trust --auth-host=scram-sha-256 --pwfile="$folder/password" \
        >"$folder/initdb.log" 2>&1 || fail "initdb failed: $(cat "$folder/initdb.log")"
    as_server_user "$bindir/pg_ctl" -D "$folder/data" -l "$folder/server.log" -w -t 60 -s \
        -o "$(printf '%q ' -c "unix_socket_directories=$folder/socket" \
            -c "listen_addresses=$addresses" -c "port=$port" -c fsync=off \
            -c synchronous_commit=off -c full_page_writes=off "${settings[@]}")" \
        start </dev/null >/dev/null 2>&1 ||
        fail "the server did not start: $(tail -n 20 "$folder/server.log")"
    trap - EXIT
    printf 'HOST=%q\nPORT=%q\nPASSWORD=%q\nPID=%q\n' "$folder/socket" "$port" "$password" \
        "$(head -n 1 "$folder/data/postmaster.pid")"
}

case ${1-} in
    bindir) find_bindir ;;
    start) [ $# -ge 2 ] || fail "start needs a folder" && start "${@:2}" ;;
    stop) [ $# -eq 2 ] || fail "stop needs a folder" && stop "$2" ;;
    *) fail "usage: server.sh bindir | start FOLDER [--bindir DIR] [--tcp] [--set NAME=VALUE]... | stop FOLDER" ;;
esac
