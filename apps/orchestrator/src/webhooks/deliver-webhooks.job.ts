import type { JobDefinition } from '@chroom/queues';

export interface DeliverWebhooks {
  readonly endpointId: string;
  readonly roomSid: string;
}

/** Posts what waits for one endpoint about one room. One job at a time per pair: that keeps the order. */
export const deliverWebhooksJob: JobDefinition<DeliverWebhooks> = {
  name: 'webhooks.deliver',
  idOf: ({ endpointId, roomSid }) => `${endpointId}-${roomSid}`,
  parse: (data) => {
    const { endpointId, roomSid } = (data ?? {}) as Partial<DeliverWebhooks>;
    if (typeof endpointId !== 'string' || typeof roomSid !== 'string') {
      throw new TypeError('expected {endpointId, roomSid}');
    }
    return { endpointId, roomSid };
  },
  concurrency: 16,
  retry: { attempts: 12, firstMs: 500, longestMs: 60_000 },
};
