// The path of the program, for child_process.
module.exports = require('path').join(__dirname, 'bin', 'pgclone');
