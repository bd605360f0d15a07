package library

import (
	"database/sql"
	"testing"

	_ "github.com/lib/pq"
)

func TestTheFirstBookOfAnAuthor(t *testing.T) {
	for _, title := range []string{"Emma", "Persuasion", "Sanditon", "The Watsons"} {
		title := title
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			db, err := sql.Open("postgres", freshDatabase(t))
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if _, err := db.Exec("INSERT INTO author VALUES (3, 'Jane Austen')"); err != nil {
				t.Fatal(err)
			}
			var id int
			row := db.QueryRow("INSERT INTO book (author_id, title) VALUES (3, $1) RETURNING book_id", title)
			if err := row.Scan(&id); err != nil || id != 6 {
				t.Fatal("the new book has the number", id, err)
			}
		})
	}
}
