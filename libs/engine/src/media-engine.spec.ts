import { afterEach, describe, expect, it } from '@jest/globals';
import { openMediaEngine } from './native-media-engine.js';
import { describeMediaEngineContract } from './testing/media-engine.contract.js';

describeMediaEngineContract('native', openMediaEngine, { describe, it, afterEach, expect });
describeMediaEngineContract(
  'native with a room over two workers',
  // What asks for bounds per worker keeps its one.
  (config) => openMediaEngine(config?.limits ? config : { ...config, workers: 2, largeRoomSessions: 1 }),
  { describe, it, afterEach, expect },
);
