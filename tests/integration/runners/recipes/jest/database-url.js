// For each test file: the database of the worker that runs it.
const { execFileSync } = require('child_process');

process.env.DATABASE_URL = execFileSync('pgclone', ['url'], { encoding: 'utf8' }).trim();
