export * as control from './generated/chroom/node/v1/control_pb.js';
