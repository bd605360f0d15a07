// Package testdb gives the tests of a package a database of their own.
package testdb

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// URL is the database of the package whose tests this process runs.
var URL string

// Main is for a package's TestMain: go test runs each package in a process of its own, and its copy
// goes with the process.
func Main(m *testing.M) {
	var err error
	if socket := os.Getenv("PGCLONE_SOCKET"); socket != "" {
		URL, err = take(socket)
	} else { // local mode: the configured database
		var out []byte
		out, err = exec.Command("pgclone", "url").Output()
		URL = strings.TrimSpace(string(out))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "testdb:", err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func take(socket string) (string, error) {
	run, err := net.Dial("unix", socket)
	if err != nil {
		return "", err
	}
	fmt.Fprintln(run, "take")
	var copy struct{ URL, Error string }
	if err := json.NewDecoder(run).Decode(&copy); err != nil {
		return "", err
	}
	if copy.Error != "" {
		return "", fmt.Errorf("%s", copy.Error)
	}
	return copy.URL, nil
}
