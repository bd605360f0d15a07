package books

import (
	"testing"

	"library/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

func TestOneMoreBook(t *testing.T)      { testdb.Shelf(t, "books") }
func TestOneMoreBookAgain(t *testing.T) { testdb.Shelf(t, "books") }
