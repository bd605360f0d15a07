describe('shelf 4', require('./shelf').tests);
