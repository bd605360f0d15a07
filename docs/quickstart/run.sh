#!/usr/bin/env bash
# The quick start: from a base system to four databases, one for each test worker, and back.
#
#   bash docs/quickstart/run.sh
#
# Installs what is missing (Debian, Ubuntu; as root or with sudo), builds pgclone, starts a throw-away
# server in a temporary folder, loads a library's schema with its rows into a template, clones it four
# times, proves that the clones are complete and apart, drops them, and shows that nothing is left;
# then does the same in one command that needs no server.
# Each command is shown before it runs. Ends with 0 only if every proof held.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=$(cd "$here/../.." && pwd)
pgclone=$project/build/release/pgclone
server=$project/tests/support/server.sh
schema=$here/schema.sql

if [ -t 1 ] && [ -z "${NO_COLOR-}" ]; then
    bold=$'\e[1m' plain=$'\e[0m'
else
    bold='' plain=''
fi

step() { printf '\n%s== %s%s\n' "$bold" "$*" "$plain"; }

# Prints a command as one would type it.
announce() {
    local word line=''
    for word in "$@"; do
        case $word in
            *[!A-Za-z0-9_./:=,@%+-]*) line+=" '$word'" ;;
            *) line+=" $word" ;;
        esac
    done
    printf '%s$%s%s\n' "$bold" "$line" "$plain"
}

# Announces the command, then runs it.
show() {
    announce "$@"
    "$@"
}

proved() { printf 'proved: %s\n' "$*"; }

failed() {
    printf 'NOT proved: %s\n' "$*" >&2
    exit 1
}

# Nothing of the caller's settings is to change what this script shows.
unset "${!PG@}"
cd /

step '1. Install what is missing'
show bash "$project/tests/support/packages.sh" build server

step '2. Build'
cd "$project"
show cmake --preset release
show cmake --build --preset release
cd /
show "$pgclone" --version

step '3. Start a throw-away server'
work=$(mktemp -d /tmp/pgclone-quickstart.XXXXXX)
# Called by root, the server runs as another user, who must be let through.
chmod 711 "$work"
cleanup() {
    bash "$server" stop "$work/server"
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
announce bash "$server" start "$work/server"
bash "$server" start "$work/server" >"$work/settings"
grep -v '^PASSWORD=' "$work/settings"
# shellcheck source=/dev/null
. "$work/settings"
# shellcheck disable=SC2153
socket=$HOST port=$PORT
psql_options=(-X -q -v ON_ERROR_STOP=1 -h "$socket" -p "$port")
as_admin() { psql "${psql_options[@]}" -U postgres "$@"; }
as_librarian() { psql "${psql_options[@]}" -U librarian "$@"; }

step '4. Make the template: a plain role, a database, a schema with its rows'
as_admin -d postgres -c 'CREATE ROLE librarian LOGIN CREATEDB'
as_librarian -d postgres -c 'CREATE DATABASE library'
as_librarian -d library -f "$schema" >/dev/null
as_admin -d postgres -c "ALTER DATABASE library SET timezone = 'Europe/Lisbon'"
as_librarian -d library -c "SELECT count(*) AS tables FROM pg_tables WHERE schemaname = 'public'"

step '5. One database for each of four workers'
export PGCLONE_SERVER="postgresql://librarian@/library?host=${socket//\//%2F}&port=$port"
echo "export PGCLONE_SERVER='$PGCLONE_SERVER'"
export PGCLONE_TEMPLATE=library
echo "export PGCLONE_TEMPLATE=library"
show "$pgclone" create --workers 4

step '6. What is there'
show "$pgclone" list

step '7. Proof: each clone holds the rows of the template'
# A line for each table: its name, its number of rows, and a digest of them all. Then the views, the
# functions and triggers, and the database's own setting, which TEMPLATE alone would lose.
fingerprint_query="
SELECT format('SELECT %L, count(*), md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM %s t;',
              c.oid::regclass, c.oid::regclass)
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v', 'm')
ORDER BY c.relname \\gexec
SELECT proname, md5(prosrc) FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1;
SELECT tgname, tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1;
SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1;
SHOW timezone;"
fingerprint() { as_librarian -At -d "$1" <<<"$fingerprint_query"; }

workers=(gw0 gw1 gw2 gw3)
fingerprint library >"$work/template.before"
rows=$(awk -F '|' 'NF == 3 { sum += $2 } END { print sum }' "$work/template.before")
[ "$rows" -gt 400 ] || failed "the template holds rows ($rows)"
for worker in "${workers[@]}"; do
    fingerprint "library_$worker" >"$work/$worker.before"
    cmp "$work/template.before" "$work/$worker.before" ||
        failed "library_$worker holds what the template holds"
    proved "library_$worker holds the $rows rows of the template's tables and views, its functions, indexes and settings"
done

step '8. Proof: writing to one clone leaves the others alone'
url=$(PYTEST_XDIST_WORKER=gw2 "$pgclone" url)
# shellcheck disable=SC2016
printf '%s$ psql "$(PYTEST_XDIST_WORKER=gw2 pgclone url)" -c …%s\n' "$bold" "$plain"
psql -X -q -v ON_ERROR_STOP=1 "$url" -c 'TRUNCATE hold, payment' \
    -c "UPDATE patron SET name = 'Nobody'" \
    -c "INSERT INTO branch VALUES ('NEW', 'New branch', 'Nowhere')"
fingerprint library_gw2 >"$work/gw2.after"
! cmp -s "$work/gw2.before" "$work/gw2.after" || failed 'library_gw2 was written to'
proved 'library_gw2 was written to'
for worker in gw0 gw1 gw3; do
    fingerprint "library_$worker" | cmp - "$work/$worker.before" ||
        failed "library_$worker is as it was"
    proved "library_$worker is as it was"
done
fingerprint library | cmp - "$work/template.before" || failed 'the template is as it was'
proved 'the template is as it was'

step '9. Drop them all'
show "$pgclone" drop --all

step '10. Proof: nothing is left'
show "$pgclone" list
[ -z "$("$pgclone" list)" ] || failed 'pgclone list shows nothing'
left=$(as_admin -At -d postgres -c "SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database")
echo "databases on the server: $left"
[ "$left" = 'library postgres template0 template1' ] || failed 'no database of pgclone is left'
proved 'no database of pgclone is left, and nobody else'\''s was touched'

step '11. The template itself, made from its files, once for each content'
mkdir "$work/project"
cp "$schema" "$work/project/schema.sql"
cat >"$work/project/pgclone.yaml" <<'YAML'
template: library
build:
  sql: schema.sql
  command: psql -qc "INSERT INTO branch VALUES ('CMD', 'Made by a command', 'Nowhere')"
YAML
cat "$work/project/pgclone.yaml"
cd "$work/project"
show "$pgclone" create --verbose --workers 2
show "$pgclone" create --verbose --workers 2
echo "-- one more line" >>schema.sql
echo 'echo "-- one more line" >>schema.sql'
show "$pgclone" create --verbose --workers 2
show "$pgclone" template list
[ "$("$pgclone" template list | cut -f 3 | tr '\n' ' ')" = 'current old ' ] ||
    failed 'there are two templates, one of them current'
proved 'a template was built for each content of the files, and used again for the same'
show "$pgclone" template prune
show "$pgclone" drop --all
cd /

step '12. Stop the server'
show bash "$server" stop "$work/server"
[ ! -e "$work/server" ] || failed 'the server left nothing behind'
proved 'the server is gone, with its folder'

step '13. The same in one command, on a server of its own'
unset PGCLONE_SERVER PGCLONE_TEMPLATE
echo 'unset PGCLONE_SERVER PGCLONE_TEMPLATE'
# The command is any test runner; here it asks the fourth worker's database for its patrons, and says where
# the server's socket is.
# shellcheck disable=SC2016
command='psql -X -At "$PGCLONE_URL_GW3" -c "SELECT count(*) FROM patron"; echo "$PGHOST"'
run=("$pgclone" run --ephemeral --sql "$schema" --workers 4 -- sh -c "$command")
announce "${run[@]}"
"${run[@]}" | tee "$work/run"
[ "$(head -n 1 "$work/run")" -gt 0 ] || failed 'a worker of the run saw the rows'
proved 'a worker of the run saw the rows'
[ ! -e "$(tail -n 1 "$work/run")" ] || failed 'the server of the run left nothing behind'
proved 'the server of the run is gone, with its template and its clones'

printf '\n%sDone. The program is %s%s\n' "$bold" "$pgclone" "$plain"
