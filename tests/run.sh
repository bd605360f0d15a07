#!/usr/bin/env bash
# All tests: bash tests/run.sh [PART]...
#
# Installs what is missing (Debian, Ubuntu; as root or with sudo) and ends with 0 only if everything
# passed. Without a part, all of them:
#   lint            tests/lint.sh
#   unit            no server: with gcc's analyzer, and under valgrind
#   sanitizers      the unit tests, and the core integration tests on the distribution's PostgreSQL, with
#                   the address and undefined behaviour sanitizers
#   integration     real servers: all tests on the distribution's PostgreSQL, the core ones on every other
#                   version from 13 to 18
#   integration:16  the same on one version
#   packages        only what makes packages, installs them and tries them; `integration` has it, too
# PGCLONE_MAJORS="16 18" chooses the other versions of `integration`, PGCLONE_MAJORS="" leaves them out.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=$(cd "$here/.." && pwd)
cd "$project" || exit 1
majors=${PGCLONE_MAJORS-13 14 15 16 17 18}
passed=0 failed=0 summary=''

# step NAME COMMAND...: runs it, and notes how it went and how long it took.
step() {
    local name=$1 start=$SECONDS status=0 word=ok
    shift
    printf '\n=== %s\n' "$name"
    "$@" </dev/null || status=$?
    if [ "$status" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        word=FAILED
    fi
    printf -- '--- %s: %s, %d s\n' "$name" "$word" "$((SECONDS - start))"
    summary+=$(printf '%-45s %-6s %4d s' "$name" "$word" "$((SECONDS - start))")$'\n'
    return "$status"
}

build() {
    if ! { cmake --preset "$1" && cmake --build --preset "$1"; } >"build/$1.log" 2>&1; then
        cat "build/$1.log"
        return 1
    fi
}

build_once() {
    [ -z "${built[$1]-}" ] || return 0
    step "build $1" build "$1" && built[$1]=yes
}
declare -A built=()

run_ctest() {
    # Leaks of the program itself count; so does every report of undefined behaviour.
    UBSAN_OPTIONS=print_stacktrace=1 ctest --preset "$1" -j "$(nproc)" --no-tests=error
}

run_valgrind() {
    local tests
    mapfile -t tests < <(find "$project/build/check" -maxdepth 1 -type f -name 'unit_*' -perm -u+x | sort)
    [ ${#tests[@]} -gt 0 ] || return 1
    # shellcheck disable=SC2016
    printf '%s\n' "${tests[@]}" | xargs -P "$(nproc)" -I '{}' sh -c '
        output=$(valgrind --quiet --error-exitcode=99 --leak-check=full --show-leak-kinds=definite,indirect \
            --errors-for-leak-kinds=definite,indirect "$1" 2>&1) || {
            echo "$output"
            echo "valgrind: FAILED $1"
            exit 1
        }' sh '{}' && echo "valgrind: ${#tests[@]} programs, no error and no leak"
}

# Three at a time, each with a server of its own, since most of them wait for something most of the time.
# And many are about moments: what fails is tried once more on its own, and said, so that a machine
# that was busy elsewhere for a second does not decide.
run_pytest() {
    rm -rf build/pytest
    /usr/bin/python3 -B -m pytest -q -n 3 "$project/tests/integration" "$@" && return
    [ -s build/pytest/v/cache/lastfailed ] || return 1
    echo 'the failed ones once more:'
    /usr/bin/python3 -B -m pytest -q --last-failed "$project/tests/integration" "$@"
}

part_lint() {
    step 'packages for lint' bash tests/support/packages.sh build lint || return
    step lint bash tests/lint.sh
}

part_unit() {
    step 'packages for unit tests' bash tests/support/packages.sh build unit || return
    build_once dev && step 'unit tests, gcc with its analyzer' run_ctest dev
    build_once check && step 'unit tests, valgrind' run_valgrind
}

system_major() {
    "$(bash tests/support/server.sh bindir)/postgres" --version | sed 's/.*) \([0-9]*\).*/\1/'
}

part_sanitizers() {
    step 'packages for sanitizers' bash tests/support/packages.sh build unit server integration || return
    build_once asan || return
    step 'unit tests, sanitizers' run_ctest asan
    PGCLONE_CHAOS_ROUNDS=${PGCLONE_CHAOS_ROUNDS-60} PGCLONE_UNDO_WORKLOADS=${PGCLONE_UNDO_WORKLOADS-60} \
        step "integration tests, PostgreSQL $(system_major), sanitizers" \
        run_pytest --pgclone "$project/build/asan/pgclone" -m core
}

# part_integration [MAJOR]
part_integration() {
    step 'packages for integration tests' \
        bash tests/support/packages.sh build server integration migrations recipes packages || return
    build_once release || return
    local major system chosen
    system=$(system_major)
    read -ra chosen <<<"${1:-$system ${majors//$system/}}"
    for major in "${chosen[@]}"; do
        step "integration tests, PostgreSQL $major" run_pytest --majors "$major"
    done
}

part_packages() {
    step 'packages for packages' bash tests/support/packages.sh build server integration packages || return
    build_once release || return
    step 'packages, installed and tried' \
        run_pytest -k 'test_packages or test_pytest_plugin or test_newcomer or test_action'
}

[ $# -gt 0 ] || set -- lint unit sanitizers integration
for part in "$@"; do
    case $part in
        lint | unit | sanitizers | integration | integration:[1-9][0-9] | packages) ;;
        *)
            echo "usage: tests/run.sh [lint] [unit] [sanitizers] [integration[:MAJOR]] [packages]" >&2
            exit 2
            ;;
    esac
done
mkdir -p build
for part in "$@"; do
    case $part in
        integration:*) part_integration "${part#*:}" ;;
        *) "part_$part" ;;
    esac
done

printf '\n=== Steps\n%stotal: %d s\n' "$summary" "$SECONDS"
printf 'steps: %d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
