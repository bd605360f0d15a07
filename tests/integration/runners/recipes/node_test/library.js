// The application: it connects to DATABASE_URL, and commits.
const { Pool } = require('pg');

const pool = new Pool({ connectionString: process.env.DATABASE_URL, allowExitOnIdle: true });

exports.count = async () => Number((await pool.query('SELECT count(*) FROM book')).rows[0].count);
exports.add = (id, title) => pool.query('INSERT INTO book (id, author_id, title) VALUES ($1, 1, $2)', [id, title]);
exports.remove = (id) => pool.query('DELETE FROM book WHERE id = $1', [id]);
exports.visit = async (worker) => {
  await pool.query('INSERT INTO visitor VALUES ($1) ON CONFLICT DO NOTHING', [worker]);
  return (await pool.query('SELECT worker FROM visitor')).rows.map((row) => row.worker);
};
exports.close = () => pool.end();
