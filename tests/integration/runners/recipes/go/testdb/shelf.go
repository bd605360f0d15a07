package testdb

import (
	"database/sql"
	"os"
	"testing"
	"time"

	_ "github.com/lib/pq"
)

// Shelf holds tests that commit, with fixed keys and exact counts; `visitor` is who runs them.
func Shelf(t *testing.T, visitor string) {
	db, err := sql.Open("postgres", URL)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	do := func(statement string, arguments ...any) {
		if _, err := db.Exec(statement, arguments...); err != nil {
			t.Fatal(err)
		}
	}
	if os.Getenv("PGCLONE_SOCKET") != "" {
		do("INSERT INTO visitor VALUES ($1) ON CONFLICT DO NOTHING", visitor)
		var all string
		if err := db.QueryRow("SELECT string_agg(worker, ' ') FROM visitor").Scan(&all); err != nil || all != visitor {
			t.Fatal("somebody else is here: ", all, err)
		}
	}
	do("INSERT INTO book (id, author_id, title) VALUES (100, 1, 'Typee')")
	time.Sleep(100 * time.Millisecond)
	var count int
	if err := db.QueryRow("SELECT count(*) FROM book").Scan(&count); err != nil || count != 6 {
		t.Fatal("books: ", count, err)
	}
	do("DELETE FROM book WHERE id = 100")
}
