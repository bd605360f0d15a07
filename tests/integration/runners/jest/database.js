// Each of Jest's workers has its own database: pgclone run --runner jest puts its URL here.
const fs = require('fs');
const path = require('path');
const { Client } = require('pg');

exports.connect = async () => {
  const worker = process.env.JEST_WORKER_ID;
  const client = new Client({ connectionString: process.env[`PGCLONE_URL_${worker}`] });
  await client.connect();
  const name = (await client.query('SELECT current_database() AS name')).rows[0].name;
  // Who used what, for the test that runs this project.
  fs.writeFileSync(path.join(process.env.SEEN, `${worker} ${name}`), '');
  return client;
};

exports.sleep = (ms) => new Promise((done) => setTimeout(done, ms));
