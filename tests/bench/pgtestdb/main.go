// Tests that each want a pristine database, as fresh_client.py has them, with pgtestdb itself.
//
// pgtestdb TEMPLATE ROWS TESTS PAUSE_MS prints the same line of JSON.
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strconv"
	"sync"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/peterldowns/pgtestdb"
)

const (
	clients      = 4
	connectEvery = 10
)

// migrator has pgtestdb's template made from ours, before anybody connects to it.
type migrator struct{ template string }

func (m migrator) Hash() (string, error) { return m.template, nil }

func (m migrator) Migrate(ctx context.Context, _ *sql.DB, conf pgtestdb.Config) error {
	server, err := server().Connect()
	if err != nil {
		return err
	}
	defer server.Close()
	for _, statement := range []string{`DROP DATABASE "%s"`, `CREATE DATABASE "%s" TEMPLATE ` + m.template} {
		if _, err := server.ExecContext(ctx, fmt.Sprintf(statement, conf.Database)); err != nil {
			return err
		}
	}
	return nil
}

func server() pgtestdb.Config {
	return pgtestdb.Config{
		DriverName: "pgx", User: "postgres", Password: "unused", Database: "postgres",
		Port: os.Getenv("PGPORT"), Options: "host=" + os.Getenv("PGHOST"),
		TestRole: &pgtestdb.Role{Username: "postgres", Password: "unused", Capabilities: "SUPERUSER"},
	}
}

// test is what pgtestdb knows of a test; what it wants done at its end is done by end().
type test struct{ cleanups []func() }

func (t *test) Cleanup(cleanup func())            { t.cleanups = append(t.cleanups, cleanup) }
func (t *test) Failed() bool                      { return false }
func (t *test) Fatalf(format string, args ...any) { log.Fatalf(format, args...) }
func (t *test) Helper()                           {}
func (t *test) Logf(string, ...any)               {}

func (t *test) end() {
	for _, cleanup := range t.cleanups {
		cleanup()
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func millisecondsSince(start time.Time) float64 { return float64(time.Since(start).Microseconds()) / 1000 }

func timeConnection() float64 {
	start := time.Now()
	db, err := server().Connect()
	check(err)
	check(db.Ping())
	check(db.Close())
	return millisecondsSince(start)
}

type found struct {
	Take    []float64 `json:"take"`
	Give    []float64 `json:"give"`
	Connect []float64 `json:"connect"`
}

func runTests(migrator migrator, rows, tests int, pause time.Duration) (found found) {
	for number := range tests {
		var t test
		var counted int
		start := time.Now()
		db := pgtestdb.New(&t, server(), migrator) // connects with the first statement
		found.Take = append(found.Take, millisecondsSince(start))
		_, err := db.Exec("INSERT INTO orders_1 VALUES (0, 1, now(), 'new')")
		check(err)
		check(db.QueryRow("SELECT count(*) FROM orders_1").Scan(&counted))
		if counted != rows+1 {
			log.Fatalf("there are %d rows, not %d", counted, rows+1)
		}
		time.Sleep(pause)
		start = time.Now()
		t.end()
		found.Give = append(found.Give, millisecondsSince(start))
		if number%connectEvery == 0 {
			found.Connect = append(found.Connect, timeConnection())
		}
	}
	return found
}

func number(argument int) int {
	value, err := strconv.Atoi(os.Args[argument])
	check(err)
	return value
}

// dropTemplate drops what pgtestdb keeps for the next time.
func dropTemplate() {
	db, err := server().Connect()
	check(err)
	defer db.Close()
	var name string
	check(db.QueryRow("SELECT datname FROM pg_database WHERE datname LIKE 'testdb_tpl_%'").Scan(&name))
	for _, statement := range []string{`ALTER DATABASE "%s" IS_TEMPLATE false`, `DROP DATABASE "%s"`} {
		_, err = db.Exec(fmt.Sprintf(statement, name))
		check(err)
	}
}

func main() {
	migrator := migrator{os.Args[1]}
	rows, tests, pause := number(2), number(3), time.Duration(number(4))*time.Millisecond
	var first test
	check(pgtestdb.New(&first, server(), migrator).Ping()) // so that its template is there
	first.end()
	began := time.Now()
	parts := make([]found, clients)
	var all sync.WaitGroup
	for client := range clients {
		all.Go(func() { parts[client] = runTests(migrator, rows, tests/clients, pause) })
	}
	all.Wait()
	dropTemplate()
	var whole struct {
		Began float64  `json:"began"`
		Maker *float64 `json:"maker_cpu_s"`
		found
	}
	whole.Began = float64(began.UnixMicro()) / 1e6
	for _, part := range parts {
		whole.Take = append(whole.Take, part.Take...)
		whole.Give = append(whole.Give, part.Give...)
		whole.Connect = append(whole.Connect, part.Connect...)
	}
	check(json.NewEncoder(os.Stdout).Encode(whole))
}
