package authors

import (
	"testing"

	"library/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

func TestOneMoreBook(t *testing.T)      { testdb.Shelf(t, "authors") }
func TestOneMoreBookAgain(t *testing.T) { testdb.Shelf(t, "authors") }
