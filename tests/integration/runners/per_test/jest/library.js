const { Client } = require('pg');

exports.addBook = async (author, title) => {
  const client = new Client({ connectionString: process.env.DATABASE_URL });
  await client.connect();
  try {
    await client.query('INSERT INTO author VALUES (3, $1)', [author]);
    const sql = 'INSERT INTO book (author_id, title) VALUES (3, $1) RETURNING book_id';
    return (await client.query(sql, [title])).rows[0].book_id;
  } finally {
    await client.end();
  }
};
