package library

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"testing"
)

// freshDatabase is the URL of a database that is this test's alone. It goes with the connection.
func freshDatabase(t *testing.T) string {
	pgclone, err := net.Dial("unix", os.Getenv("PGCLONE_SOCKET"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pgclone.Close() })
	fmt.Fprintln(pgclone, "take")
	var copy struct{ URL, Error string }
	if err := json.NewDecoder(pgclone).Decode(&copy); err != nil || copy.Error != "" {
		t.Fatal(err, copy.Error)
	}
	return copy.URL
}
