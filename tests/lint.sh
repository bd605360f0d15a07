#!/usr/bin/env bash
# What is checked without running the program's tests: format, the rules of the house (docs/architecture.md),
# scripts, the manual, and clang-tidy. Called by tests/run.sh, or alone: tests/lint.sh
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=$(cd "$here/.." && pwd)
cd "$project" || exit 1
# Formatters and linters change their minds from version to version: those of Debian 12 are the judges.
llvm_version=14
failures=0

broken() {
    printf 'lint: %s\n' "$*"
    failures=$((failures + 1))
}

# Copies of the sources without comments, so that the rules below see code only: in `code`, and in
# `bare` without what stands in strings.
strip_sources() {
    stripped=$(mktemp -d)
    export stripped
    trap 'rm -rf "$stripped"' EXIT
    # shellcheck disable=SC2016
    find src include -name '*.[ch]' -print0 | xargs -0 perl -0777 -e '
        use File::Basename; use File::Path "make_path";
        for my $file (@ARGV) {
            open my $in, "<", $file or die; my $text = <$in>;
            my $code = $text =~ s{("(?:\\.|[^"\\\n])*"|\x27(?:\\.|[^\x27\\])+\x27)|/\*.*?\*/|//[^\n]*}
                                 {defined $1 ? $1 : "\n" x ($& =~ tr/\n//)}gser;
            my $bare = $code =~ s{^(?!#include)(.*)$}{$1 =~ s/"(?:\\.|[^"\\])*"/""/gr}gmer;
            for (["code", $code], ["bare", $bare]) {
                my $path = "$ENV{stripped}/$_->[0]/$file";
                make_path(dirname $path); open my $out, ">", $path or die; print $out $_->[1];
            }
        }'
}

# forbid REASON PATTERN EXCEPT: no line of src and include matches PATTERN, but in files whose path
# matches EXCEPT.
forbid() {
    local reason=$1 pattern=$2 except=${3:-^$} found
    found=$(cd "$stripped/bare" && grep -rnE "$pattern" src include | grep -vE "$except" | sort) ||
        return 0
    broken "$reason"$'\n    '"${found//$'\n'/$'\n    '}"
}

check_format() {
    local version
    version=$(clang-format --version | sed 's/.*version \([0-9]*\).*/\1/')
    if [ "$version" != "$llvm_version" ]; then
        echo "skipped: clang-format is $version, the style is judged by $llvm_version"
        return
    fi
    find src include tests -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run -Werror ||
        broken 'run clang-format -i on the files above'
}

room_floor() {
    case $1 in
        base) echo 1 ;;
        postgres | settings | template | report) echo 2 ;;
        provision | server | handout) echo 3 ;;
        cli) echo 4 ;;
        main) echo 5 ;;
        *) echo 0 ;;
    esac
}

# Rooms include what is on lower floors. Two rooms of one floor may, as long as only one of them does.
check_rooms() {
    local line file from to sideways
    sideways=$'\n'
    while IFS= read -r line; do
        file=${line%%:*}
        to=$(sed -E 's|.*"pgclone/([^/"]*)/.*|\1|' <<<"$line")
        from=$(sed -E 's|^(src\|include/pgclone)/([^/]*)/.*|\2|; s|^src/main\.c$|main|' <<<"$file")
        [ "$(room_floor "$from")" -gt 0 ] || broken "$file: room \"$from\" is not in the house"
        [ "$(room_floor "$to")" -gt 0 ] || broken "$file: room \"$to\" is not in the house"
        [ "$(room_floor "$from")" -ge "$(room_floor "$to")" ] ||
            broken "$file: $from includes $to, which is a floor up"
        if [ "$from" != "$to" ] && [ "$(room_floor "$from")" = "$(room_floor "$to")" ]; then
            sideways+="$from $to"$'\n'
            [[ $sideways != *$'\n'"$to $from"$'\n'* ]] ||
                broken "$file: $from and $to include each other"
        fi
    done < <(grep -rnE '^#include "pgclone/' src include --include='*.[ch]')
}

# A command's file defines its row, which nobody names but the table that the build makes; what two
# commands share lives outside src/cli/commands.
check_commands() {
    local file own others
    for file in src/cli/commands/*.c; do
        own=$(basename "$file" .c)_command
        grep -q "^const struct command $own = {" "$file" || broken "$file does not define $own"
        others=$(cd "$stripped/bare" && grep -rlw "$own" src include | grep -vx "$file")
        [ -z "$others" ] || broken "$own is named in ${others//$'\n'/, }"
    done
}

# SQL is built in src/postgres/sql*.c alone. Messages may show a user what to type, and failure.c is
# a table of such messages.
check_sql() {
    local found
    # shellcheck disable=SC2016
    found=$(cd "$stripped/code" && find src include -name '*.[ch]' ! -path 'src/postgres/sql*.c' \
        ! -path src/postgres/failure.c -print0 | sort -z | xargs -0 -n 1 perl -0777 -ne '
            s{\berror_\w+\([^;]*;}{"\n" x ($& =~ tr/\n//)}gse; my $line = 0;
            for (split /\n/) { $line++;
                print "    $ARGV:$line: $_\n" if
                    /"[^"]*\b((CREATE|DROP|ALTER|COMMENT ON|GRANT|REVOKE|SELECT|LOCK) +\S|pg_[a-z_]+\()/ }')
    [ -z "$found" ] || broken "SQL text is built in src/postgres/sql*.c only"$'\n'"$found"
}

check_layout() {
    local entry file
    while IFS= read -r entry; do
        case $entry in
            .* | CMakeLists.txt | CMakePresets.json | README.md | LICENSE) ;;
            action.yml) ;; # where `uses:` looks for it
            include | src | tests | docs | build) ;;
            *) broken "$entry does not belong on the top level" ;;
        esac
    done < <(find . -mindepth 1 -maxdepth 1 -printf '%f\n')
}

# tests/unit/<room>/test_<module>.c, or test_<module>_<aspect>.c, for every src/<room>/<module>.c, and
# none for what is not there.
check_mirror() {
    local file source
    local -A tested=()
    while IFS= read -r file; do
        source=src/${file#tests/unit/}
        source=${source/\/test_/\/}
        source=${source%.c}
        until [ -e "$source.c" ] || [[ ${source##*/} != *_* ]]; do source=${source%_*}; done
        [ -e "$source.c" ] || broken "$file: there is no source that it mirrors"
        tested[$source.c]=yes
    done < <(find tests/unit -name 'test_*.c')
    while IFS= read -r file; do
        case $file in
            src/main.c) continue ;; # the whole program; tests/integration runs it
        esac
        [ -n "${tested[$file]-}" ] || broken "$file: no file of tests/unit mirrors it"
    done < <(find src -name '*.c' | sort)
}

# A comment cites what its reader can open: the documents of this repository.
check_citations() {
    local found
    found=$(grep -rniw 'contract' src include | sort) || return 0
    broken 'there is no contract in this repository'$'\n    '"${found//$'\n'/$'\n    '}"
}

check_structure() {
    strip_sources
    check_layout
    check_mirror
    check_citations
    check_rooms
    check_commands
    check_sql
    forbid 'libcyaml and libyaml are seen by the YAML modules only' '#include <(cyaml|yaml)' \
        '^[^:]*/settings/yaml[a-z_]*\.[ch]:'
    forbid 'xxHash is seen by the fingerprint only' '#include <xxh' '^src/template/fingerprint\.c:'
    forbid 'asynchronous libpq is called in slot.c only' \
        '\bPQ(connectStart|connectPoll|send|getResult|consumeInput|isBusy|flush|socket|setnonblocking|getCancel|cancel|freeCancel)[A-Za-z]*\(' \
        '^src/postgres/slot[a-z_]*\.c:'
    forbid 'synchronous libpq blocks the engine' \
        '\bPQ(connectdb|connectdbParams|setdb|setdbLogin|exec|execParams|prepare|execPrepared|ping|pingParams|reset)\('
    forbid 'above its room the engine is seen by the session only' '\bengine_[a-z_]+ *\(|postgres/engine' \
        '^(src/postgres/|include/pgclone/postgres/|src/provision/session\.c:)'
    forbid 'provision does not include report' '#include "pgclone/report/' \
        '^(src|include/pgclone)/(cli|handout|report|main)'
    forbid 'what a template is made from asks no server' '#include "pgclone/(postgres|report)/' \
        '^(src|include/pgclone)/(cli|handout|main|postgres|provision|report|server)'
    forbid 'poll() is called by base/poll_set.c, and where base waits for a program or a signal' \
        '\bp?poll *\(' '^src/base/(poll_set|spawn_run|interrupt|file)\.c:'
    forbid 'standard error is written by base/log.c only (and when memory runs out)' \
        '\bstderr\b|\bperror *\(|write *\( *(STDERR_FILENO|2) *,' '^src/base/(log|memory)\.c:'
    forbid 'standard output is written by report/output.c only' \
        '\bstdout\b|\b(printf|puts|putchar) *\(|write *\( *(STDOUT_FILENO|1) *,' '^src/report/output\.c:'
    forbid 'only main.c ends the process (memory.c when memory runs out, and children before exec)' \
        '\b(_?exit|_Exit|quick_exit|abort) *\(' '^src/(main|base/(memory|spawn|helper))\.c:'
    forbid 'poll, not select' '\bselect *\(|\bFD_SET\b'
    forbid 'structs are not hidden behind a typedef' '\btypedef +struct\b'
    forbid 'no jumps across functions' '\b(setjmp|longjmp|sigsetjmp|siglongjmp) *\('
}

check_scripts() {
    local scripts
    mapfile -t scripts < <(find .ci .github docs src tests -path '*/node_modules' -prune -o -type f \
        \( -name '*.sh' -o -name '*.bash' -o -path '.ci/run' \) -print)
    shellcheck -x "${scripts[@]}" || broken 'shellcheck has something to say'
    check_workflows
    /usr/bin/python3 - <<'PYTHON' || broken 'a Python file does not compile'
import ast, pathlib
for folder in (".github", "docs", "tests"):
    for path in pathlib.Path(folder).rglob("*.py"):
        ast.parse(path.read_text(), str(path))
PYTHON
}

# The workflows, and the jobs that the documents show.
check_workflows() {
    local actionlint document
    if ! actionlint=$(bash tests/support/actionlint.sh 2>build/actionlint.log); then
        cat build/actionlint.log
        [ "${CI-}" != true ] || broken 'there is no actionlint'
        return
    fi
    "$actionlint" .github/workflows/*.yml || broken 'actionlint has something to say'
    while IFS= read -r document; do
        rm -f build/workflow-*.yml
        awk '/^```/ { shown = ($0 == "```yaml"); number += shown; next }
            shown { print >("build/workflow-" number ".yml") }' "$document"
        "$actionlint" build/workflow-*.yml || broken "actionlint has something to say about $document"
    done < <(grep -rl --include='*.md' '^    runs-on: ' docs README.md)
}

# Whatever `--help` says, the manuals say too; the reference has all the settings.
check_documents() {
    local program=$1 page said
    for page in docs/pgclone.1 docs/pgclone.yaml.5; do
        # Whether the manuals that it refers to are installed here is another matter.
        said=$(mandoc -T lint "$page" 2>/dev/null | grep -v 'referenced manual not found') || continue
        broken "mandoc has something to say about $page"$'\n'"$said"
    done
    [ -x "$program" ] || {
        broken "$program is not there: the manual could not be compared with --help"
        return
    }
    /usr/bin/python3 tests/manual.py "$program" || broken 'the manuals and docs/reference.md are not what --help says'
}

# Whoever follows a link finds something there, and every page is found from docs/README.md.
check_links() {
    /usr/bin/python3 - <<'PYTHON' || broken 'a page is not linked well'
import pathlib, re, sys
pages = [pathlib.Path("README.md"), *pathlib.Path("docs").rglob("*.md")]
heading = lambda line: re.sub(r"[^\w\- ]", "", line.strip("# `\n").lower()).replace(" ", "-")
missing, linked = [], set()
for page in pages:
    text = re.sub(r"(?ms)^ *```.*?^ *```", "", page.read_text())
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, part = target.partition("#")
        file = page.parent / path if path else page
        if not file.exists():
            missing.append(f"{page}: {target} is not there")
        elif part and part not in [heading(line) for line in file.read_text().splitlines() if line.startswith("#")]:
            missing.append(f"{page}: {target} has no such heading")
        elif page == pathlib.Path("docs/README.md"):
            linked.add(file.resolve())
missing += [f"docs/README.md does not link {page}" for page in pages[1:]
            if page.resolve() not in linked and page != pathlib.Path("docs/README.md")]
print(*missing, sep="\n", end="\n" if missing else "")
sys.exit(bool(missing))
PYTHON
}

# gcc's warnings are errors in the dev preset; these are clang's.
check_clang() {
    if ! {
        cmake --preset dev -B build/clang -DCMAKE_C_COMPILER=clang -DPGCLONE_ANALYZE=OFF \
            -DBUILD_TESTING=OFF && cmake --build build/clang
    } >build/clang.log 2>&1; then
        grep -vE '^\[[0-9]+/[0-9]+\] ' build/clang.log
        broken 'clang does not compile it'
    fi
}

# Reads the compilation database of the build by clang: gcc's has flags that clang-tidy does not know.
check_tidy() {
    local version
    version=$(clang-tidy --version | sed -n 's/.*version \([0-9]*\).*/\1/p' | head -n 1)
    if [ "$version" != "$llvm_version" ]; then
        echo "skipped: clang-tidy is $version, the code is judged by $llvm_version"
        return
    fi
    find src -name '*.c' -print0 |
        xargs -0 -n 2 -P "$(nproc)" clang-tidy -p build/clang --quiet 2>/dev/null ||
        broken 'clang-tidy has something to say'
}

part() {
    local name=$1 before=$failures start=$SECONDS
    shift
    "$@"
    printf 'lint: %-10s %s, %d s\n' "$name" "$([ "$failures" -eq "$before" ] && echo ok || echo FAILED)" \
        "$((SECONDS - start))"
}

mkdir -p build
part format check_format
part structure check_structure
part scripts check_scripts
part clang check_clang
part documents check_documents "${PGCLONE_BINARY:-build/clang/pgclone}"
part links check_links
part tidy check_tidy
[ "$failures" -eq 0 ]
