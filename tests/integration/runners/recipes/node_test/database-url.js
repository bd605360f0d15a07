// For each test file, which is a process of its own: a copy of the template, which goes with the process.
const { execFileSync } = require('node:child_process');
const net = require('node:net');
const readline = require('node:readline');

exports.ready = new Promise((resolve, reject) => {
  if (!process.env.PGCLONE_SOCKET) { // local mode
    process.env.DATABASE_URL = execFileSync('pgclone', ['url'], { encoding: 'utf8' }).trim();
    resolve();
    return;
  }
  const run = net.connect(process.env.PGCLONE_SOCKET, () => run.write('take\n'));
  run.on('error', reject);
  readline.createInterface({ input: run }).once('line', (line) => {
    process.env.DATABASE_URL = JSON.parse(line).url;
    run.unref();
    resolve();
  });
});
