export { bigintColumn } from './bigint-column.js';
export { isDatabaseOutage } from './outage.js';
export { databaseUnavailable, openPartyDatabase, type PartyDatabaseOptions } from './party-database.js';
export { probeDatabase } from './probe-database.js';
