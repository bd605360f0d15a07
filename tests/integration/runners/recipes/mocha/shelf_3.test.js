describe('shelf 3', require('./shelf').tests);
