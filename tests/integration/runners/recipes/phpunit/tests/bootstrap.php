<?php
// The worker's database. pgclone knows the worker from TEST_TOKEN, which ParaTest sets; without it it is the first.
$url = trim((string) shell_exec('pgclone url'));
if ($url === '') {
    exit("pgclone url has failed\n");
}
putenv("DATABASE_URL=$url");
$_ENV['DATABASE_URL'] = $_SERVER['DATABASE_URL'] = $url;

require_once __DIR__ . '/Shelf.php';
