const { addBook } = require('./library');
const worker = process.env.JEST_WORKER_ID;

test.each(['Emma', 'Persuasion'])(`an author's first book, in worker ${worker}: %s`, async (title) => {
  expect(await addBook('Jane Austen', title)).toBe(6);
});
