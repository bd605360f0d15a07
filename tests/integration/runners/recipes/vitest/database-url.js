// For each test file: the database of the worker that runs it.
import { execFileSync } from 'node:child_process';

process.env.DATABASE_URL = execFileSync('pgclone', ['url'], { encoding: 'utf8' }).trim();
