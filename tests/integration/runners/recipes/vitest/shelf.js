// Vitest gives each file to a worker, so several files hold these tests.
import { afterAll, beforeEach, expect, test } from 'vitest';
import library from './library.cjs';

const worker = process.env.VITEST_POOL_ID;

beforeEach(async () => expect(await library.visit(worker)).toEqual([worker]));
afterAll(() => library.close());

test.each([1, 2, 3])('one more book (%i)', async () => {
  await library.add(100, 'Typee');
  await new Promise((done) => setTimeout(done, 50));
  expect(await library.count()).toBe(6);
  await library.remove(100);
});
