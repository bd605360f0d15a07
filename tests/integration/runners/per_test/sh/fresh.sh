#!/bin/sh
# Sourced by a test: DATABASE_URL is a database that is this test's alone, until it ends.
set -eu
copy=test_${PGCLONE_RUN_ID}_$$
created=$(pgclone create --name "$copy" --format json)
trap 'pgclone drop --name "$copy" >/dev/null' EXIT
DATABASE_URL=$(printf '%s\n' "$created" | sed 's/.*"url":"\([^"]*\)".*/\1/')
export DATABASE_URL
