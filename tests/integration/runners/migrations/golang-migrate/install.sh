#!/bin/sh
# `migrate` with the driver of PostgreSQL alone. The last version that Go 1.19 compiles.
exec go install -tags postgres github.com/golang-migrate/migrate/v4/cmd/migrate@v4.17.1
