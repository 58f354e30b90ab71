export { type OwnServer, ownPostgres, ownRedis } from './own-server.js';
export { createTestDatabase, type TestDatabase } from './test-database.js';
