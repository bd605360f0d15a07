// Tests that commit, with fixed keys and exact counts: on a shared database they fail. Jest gives
// each file to a worker, so several files hold these same tests.
const { connect, sleep } = require('./database');

let db;
beforeAll(async () => { db = await connect(); });
afterAll(() => db.end());

const count = async () => Number((await db.query('SELECT count(*) AS n FROM book')).rows[0].n);

test.each([1, 2, 3, 4])('one more book (%i)', async () => {
  await db.query("INSERT INTO author VALUES (100, 'Jane Austen')");
  await db.query("INSERT INTO book (book_id, author_id, title) VALUES (100, 100, 'Emma')");
  expect(await count()).toBe(6);
  await sleep(100);
  expect(await count()).toBe(6);
  await db.query('DELETE FROM book WHERE book_id = 100');
  await db.query('DELETE FROM author WHERE author_id = 100');
});

test('an empty library', async () => {
  await db.query('BEGIN');
  await db.query('TRUNCATE book');
  expect(await count()).toBe(0);
  await db.query('ROLLBACK');
  expect(await count()).toBe(5);
});
