import { ChroomError, type LeafDelivery, leafDeliverySchema, parseWire, settlementPaths } from '@chroom/protocol';

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
    let status: number;
    let text: string;
    try {
      const response = await fetch(`${this.url}${settlementPaths.leaves}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/octet-stream' },
        body: new Uint8Array(leaves),
        redirect: 'error',
        signal: AbortSignal.timeout(requestTimeoutMs),
      });
      status = response.status;
      text = await readBounded(response);
    } catch (cause) {
      throw this.unavailable(String(cause), cause);
    }
    if (status !== 200) throw this.unavailable(`it answered ${status}: ${text.slice(0, 300)}`);
    try {
      return parseWire(leafDeliverySchema, JSON.parse(text), 'answer of settlement');
    } catch (cause) {
      throw this.unavailable('its answer is no account of the delivery', cause);
    }
  }

  private unavailable(reason: string, cause?: unknown): ChroomError {
    const message = `The operator's settlement (CHROOM_NODE_SETTLEMENT_URL) did not take the receipts: ${reason}`;
    return new ChroomError('SETTLEMENT_UNAVAILABLE', message, { cause });
  }
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > answerMaxBytes) throw new Error(`the answer is longer than ${answerMaxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
