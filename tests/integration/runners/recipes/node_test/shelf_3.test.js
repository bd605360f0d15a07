require('./shelf');
