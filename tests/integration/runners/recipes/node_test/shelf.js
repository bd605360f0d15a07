// node:test gives each file a process, so several files hold these tests.
const assert = require('node:assert');
const path = require('node:path');
const { after, before, beforeEach, test } = require('node:test');
const { ready } = require('./database-url');

const file = path.basename(process.argv[1]);
let library;

before(async () => {
  await ready;
  library = require('./library');
});
beforeEach(async () => {
  if (process.env.PGCLONE_SOCKET) assert.deepEqual(await library.visit(file), [file]);
});
after(() => library.close());

for (const number of [1, 2, 3]) {
  test(`one more book (${number})`, async () => {
    await library.add(100, 'Typee');
    await new Promise((done) => setTimeout(done, 50));
    assert.equal(await library.count(), 6);
    await library.remove(100);
  });
}
