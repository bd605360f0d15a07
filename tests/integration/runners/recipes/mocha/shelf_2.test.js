describe('shelf 2', require('./shelf').tests);
