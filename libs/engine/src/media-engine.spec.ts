import { afterEach, describe, expect, it } from '@jest/globals';
import { openMediaEngine } from './native-media-engine.js';
import { describeMediaEngineContract } from './testing/media-engine.contract.js';

const jest = { describe, it, afterEach, expect };
describeMediaEngineContract('native', ({ workers = 1, ...rest } = {}) => openMediaEngine({ workers, ...rest }), jest);
// The second session of every room is on another worker.
describeMediaEngineContract(
  'native, rooms over two workers',
  ({ workers = 2, ...rest } = {}) => openMediaEngine({ workers, largeRoomSessions: 1, ...rest }),
  jest,
);
