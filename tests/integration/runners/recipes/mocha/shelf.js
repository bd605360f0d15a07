// Mocha gives each file to a worker, so several files hold these tests.
const assert = require('assert');
const library = require('./library');

const worker = process.env.MOCHA_WORKER_ID ?? '0';

exports.tests = () => {
  beforeEach(async () => assert.deepEqual(await library.visit(worker), [worker]));

  for (const number of [1, 2, 3]) {
    it(`one more book (${number})`, async () => {
      await library.add(100, 'Typee');
      await new Promise((done) => setTimeout(done, 50));
      assert.equal(await library.count(), 6);
      await library.remove(100);
    });
  }
};
