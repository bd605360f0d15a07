import assert from 'node:assert';
import test from 'node:test';
import pg from 'pg';

test('a book has an author', async () => {
  const client = new pg.Client(process.env.PGCLONE_URL_GW0);
  await client.connect();
  try {
    const insert = "INSERT INTO author (name) VALUES ('Jane Austen') RETURNING id";
    const author = (await client.query(insert)).rows[0].id;
    await client.query("INSERT INTO book (author_id, title, published) VALUES ($1, 'Emma', 1815)", [author]);
    const found = await client.query('SELECT title FROM book WHERE author_id = $1', [author]);
    assert.deepEqual(found.rows, [{ title: 'Emma' }]);
  } finally {
    await client.end();
  }
});
