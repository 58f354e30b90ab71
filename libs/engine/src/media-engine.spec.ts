import { afterEach, describe, expect, it } from '@jest/globals';
import { describeMediaEngineContract } from './media-engine.contract.js';
import { openMediaEngine } from './native-media-engine.js';

describeMediaEngineContract('native', openMediaEngine, { describe, it, afterEach, expect });
