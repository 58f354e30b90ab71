import { createPinnedTransport, type Hex, type TlsIdentity } from '@chroom/protocol';
import type { Transport } from '@connectrpc/connect';

/** Where a node's control API is, and the TLS key that it announced. */
export interface NodeTarget {
  readonly controlUrl: string;
  readonly tlsSpkiSha256: Hex;
}

export abstract class NodeTransports {
  abstract open(target: NodeTarget): Transport;
}

const kCallDeadlineMs = 3_000;

/** gRPC over mutual TLS, both keys pinned. */
export class PinnedNodeTransports extends NodeTransports {
  constructor(private readonly identity: TlsIdentity) {
    super();
  }

  override open(target: NodeTarget): Transport {
    return createPinnedTransport({
      url: target.controlUrl,
      spkiSha256: target.tlsSpkiSha256,
      identity: this.identity,
      deadlineMs: kCallDeadlineMs,
    });
  }
}
