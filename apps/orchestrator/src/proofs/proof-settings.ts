import { createHmac } from 'node:crypto';
import { type Hex, SettingsReader } from '@chroom/protocol';

const u96Max = 2n ** 96n - 1n;

/**
 * What this orchestrator grants, and how long it answers for it. Amounts are in the smallest unit of the token.
 *
 * | variable | meaning | default |
 * |---|---|---|
 * | CHROOM_GRANTS | on, or off: nobody gets a grant and no receipt is made; for nodes that ask for none | on |
 * | CHROOM_GRANT_PRICE_PER_GIB | paid for each GiB that a participant receives and sends | 10^16 (0.01 token) |
 * | CHROOM_GRANT_MAX_KBPS | more than this of one participant is not paid | 50000 |
 * | CHROOM_GRANT_MAX_VALUE | more than this for one participant and epoch is not paid | 10^18 (1 token) |
 * | CHROOM_GRANT_LIFETIME_SEC | a longer session gets a new grant | 86400 |
 * | CHROOM_RECEIPT_RETRY_MAX_SEC | longest pause between two tries to deliver receipts to a node; settlements wait a little longer (CHROOM_SETTLEMENT_RETRY_GRACE_SEC) | 60 |
 */
export class ProofSettings {
  readonly areGranted: boolean;
  readonly pricePerGiB: bigint;
  readonly maxKbps: number;
  readonly maxValue: bigint;
  readonly lifetimeSec: number;
  readonly receiptRetryMaxMs: number;

  static fromEnvironment(environment: NodeJS.ProcessEnv): ProofSettings {
    const read = new SettingsReader(environment);
    return Object.assign(new ProofSettings(), {
      areGranted: read.oneOf('CHROOM_GRANTS', ['on', 'off'], 'on') === 'on',
      pricePerGiB: read.bigint('CHROOM_GRANT_PRICE_PER_GIB', { min: 1n, max: u96Max, fallback: 10n ** 16n }),
      maxKbps: read.integer('CHROOM_GRANT_MAX_KBPS', { min: 16, max: 2 ** 32 - 1, fallback: 50_000 }),
      maxValue: read.bigint('CHROOM_GRANT_MAX_VALUE', { min: 1n, max: u96Max, fallback: 10n ** 18n }),
      lifetimeSec: read.integer('CHROOM_GRANT_LIFETIME_SEC', { min: 60, max: 30 * 86_400, fallback: 86_400 }),
      receiptRetryMaxMs: 1000 * read.integer('CHROOM_RECEIPT_RETRY_MAX_SEC', { min: 1, max: 60, fallback: 60 }),
    });
  }
}

/** Session ids on chain say nothing without this; the same for all runs of an orchestrator. */
export function sessionSaltOf(secretsKey: Uint8Array): Hex {
  return `0x${createHmac('sha256', secretsKey).update('session ids on chain').digest('hex')}`;
}
