#!/bin/sh
# A test of the projects whose migrations are SQL: run by `pgclone run -w 2`, in both workers' databases.
set -eu
for url in "$PGCLONE_URL_GW0" "$PGCLONE_URL_GW1"; do
    psql -X -q -v ON_ERROR_STOP=1 "$url" <<'SQL'
INSERT INTO author (id, name) VALUES (7, 'Jane Austen');
INSERT INTO book (author_id, title, published) VALUES (7, 'Emma', 1815);
SELECT 1 / count(*) FROM book JOIN author ON author.id = book.author_id;
SQL
done
echo 'ok test.sh'
