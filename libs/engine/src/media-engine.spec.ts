import { afterEach, describe, expect, it } from '@jest/globals';
import { openMediaEngine } from './native-media-engine.js';
import { describeMediaEngineContract } from './testing/media-engine.contract.js';

describeMediaEngineContract('native', openMediaEngine, { describe, it, afterEach, expect });
