#!/bin/sh
# shellcheck source-path=SCRIPTDIR
. ./fresh.sh

psql -qX -v ON_ERROR_STOP=1 "$DATABASE_URL" -c "INSERT INTO author VALUES (3, 'Jane Austen')"
book=$(psql -qXAt "$DATABASE_URL" \
    -c "INSERT INTO book (author_id, title) VALUES (3, 'Persuasion') RETURNING book_id")
test "$book" = 6
echo "ok test_persuasion"
