const net = require('net');
const readline = require('readline');

// When this process ends, however it ends, its copies are dropped.
const pgclone = net.connect(process.env.PGCLONE_SOCKET);
const answers = readline.createInterface({ input: pgclone })[Symbol.asyncIterator]();
let copy;

async function ask(request) {
  pgclone.write(`${request}\n`);
  const answer = JSON.parse((await answers.next()).value);
  if (answer.error) throw new Error(`${request}: ${answer.error}`);
  return answer;
}

beforeEach(async () => {
  copy = await ask('take');
  process.env.DATABASE_URL = copy.url;
});
afterEach(() => ask(`drop ${copy.name}`));
afterAll(() => pgclone.end());
