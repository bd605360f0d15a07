#!/usr/bin/env bash
# What action.yml does: puts pgclone into PATH, looks whether databases can be made, and makes them.
#
# Settings come from pgclone.yaml and the job's PGCLONE_… variables, as everywhere. Later steps find
# PGCLONE_URL_GW0, … and PGCLONE_MANIFEST in their environment, and passwords are masked in the log.
set -euo pipefail
folder=$RUNNER_TEMP/pgclone
mkdir -p "$folder"

package=${INPUT_PACKAGE-}
if [ -z "$package" ]; then
    case $RELEASE in
        v[0-9]*) ;;
        [0-9]*) RELEASE=v$RELEASE ;;
        *)
            echo "::error::\"$RELEASE\" is no release of pgclone: use the action by a release's tag, or give it a version"
            exit 1
            ;;
    esac
    package=$folder.tar.gz
    curl --fail --silent --show-error --location --retry 3 --output "$package" \
        "$DOWNLOADS/$RELEASE/pgclone-${RELEASE#v}-linux-$(uname -m).tar.gz"
fi
tar -xzf "$package" -C "$folder" --strip-components 1
echo "$folder/bin" >>"$GITHUB_PATH"
PATH=$folder/bin:$PATH

pgclone --version
[ "${INPUT_CREATE:-true}" = true ] || exit 0
pgclone doctor
manifest=$RUNNER_TEMP/pgclone.json
pgclone create --format json -o "$manifest"
pgclone create --format github --existing keep
echo "PGCLONE_MANIFEST=$manifest" >>"$GITHUB_ENV"
echo "manifest=$manifest" >>"$GITHUB_OUTPUT"
