// Chroom's own engine as one of the contenders: the facade's process, one worker.
import { EngineProcess } from '../scenarios/engine-process.mjs';
import { connectParticipants, publishVideo, subscribe } from '../scenarios/room.mjs';

export const chroom = {
  name: 'Chroom',
  key: 'chroom',

  async examine() {
    return { version: 'this commit', settings: 'one worker; engine and facade in one process of Node' };
  },

  async start({ cpus }) {
    const engine = new EngineProcess({ cpus });
    return {
      pid: engine.pid,
      fill: async (generator, { receivers, cipher }) => {
        await engine.call('open', { workers: 1 });
        const [publisher, ...others] = await connectParticipants(engine, generator, {
          room: 'RM_peers',
          count: receivers + 1,
          srtp: cipher,
        });
        await subscribe(engine, generator, await publishVideo(engine, generator, publisher), others);
      },
      stop: () => engine.stop(),
    };
  },
};
