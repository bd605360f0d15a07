export default { test: { setupFiles: ['./database-url.js'] } };
