import {
  ChroomError,
  exchange,
  type HttpAnswer,
  type LeafDelivery,
  leafDeliverySchema,
  parseWire,
  settlementPaths,
} from '@chroom/protocol';

/** The operator's settlement, where the receipts of its nodes go. */
export abstract class SettlementClient {
  /**
   * @param leaves packed, one after the other
   * @throws ChroomError SETTLEMENT_UNAVAILABLE: nothing is known of these leaves, bring them again
   */
  abstract deliver(leaves: Uint8Array): Promise<LeafDelivery>;
}

const requestTimeoutMs = 8_000;
/** Every leaf of a call refused with a message of 1000 characters. */
const answerMaxBytes = 1024 * 1024;

export class HttpSettlementClient extends SettlementClient {
  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {
    super();
  }

  override async deliver(leaves: Uint8Array): Promise<LeafDelivery> {
    const { status, text } = await this.send(leaves);
    if (status !== 200) throw this.unavailable(`it answered ${status}: ${text.slice(0, 300)}`);
    try {
      return parseWire(leafDeliverySchema, JSON.parse(text), 'answer of settlement');
    } catch (cause) {
      throw this.unavailable('its answer is no account of the delivery', cause);
    }
  }

  private async send(leaves: Uint8Array): Promise<HttpAnswer> {
    try {
      return await exchange(`${this.url}${settlementPaths.leaves}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/octet-stream' },
        body: leaves,
        deadlineMs: requestTimeoutMs,
        answerMaxBytes,
      });
    } catch (cause) {
      throw this.unavailable(String(cause), cause);
    }
  }

  private unavailable(reason: string, cause?: unknown): ChroomError {
    const message = `The operator's settlement (CHROOM_NODE_SETTLEMENT_URL) did not take the receipts: ${reason}`;
    return new ChroomError('SETTLEMENT_UNAVAILABLE', message, { cause });
  }
}
