describe('shelf 1', require('./shelf').tests);
