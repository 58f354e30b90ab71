export { type ErrorCode, errorCatalog, type RpcStatus } from './errors/catalog.js';
export { ChroomError } from './errors/chroom-error.js';
export * as control from './generated/chroom/node/v1/control_pb.js';
