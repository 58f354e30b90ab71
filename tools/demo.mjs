// `npm run demo [-- --json FILE --seconds N --screenshot FILE]`: two real browsers hold a call through the running
// network (or one of its own), and the chain pays for it. Exit 0 only when every bar holds.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { fetchAllocation } from './demo/allocation.mjs';
import { fetchSessions } from './demo/sessions.mjs';
import { awaitSettlement } from './demo/settlement.mjs';
import { brokenBars } from './demo/verdict.mjs';
import { verifies } from './demo/verify.mjs';
import { parseNetworkOptions } from './network/options.mjs';
import { findRunning } from './network/running.mjs';
import { prepare } from './setup/prepare.mjs';
import { runMain, SetupError } from './setup/progress.mjs';
import { repositoryRoot } from './setup/repository.mjs';

const ownPortBase = '8880';
const say = (text) => process.stderr.write(`  ${text}\n`);

await runMain(async () => {
  const { values } = parseArgs({
    options: {
      json: { type: 'string' },
      seconds: { type: 'string', default: '30' },
      screenshot: { type: 'string', default: path.join(repositoryRoot, '.chroom', 'demo.png') },
      data: { type: 'string' },
    },
  });
  const seconds = Number(values.seconds);
  if (!(seconds >= 1 && seconds <= 600)) {
    throw new SetupError(`INVALID_ARGUMENT: --seconds expects 1 to 600, received "${values.seconds}"`);
  }
  await prepare({ forTests: true });
  // Drives browsers by a package that prepare() may have just installed.
  const { holdCall } = await import('./demo/call.mjs');
  mkdirSync(path.dirname(values.screenshot), { recursive: true });
  const network = await joinOrLaunch(values.data);
  try {
    const room = `demo-${Date.now().toString(36)}`;
    const call = holdCall(network.ready, { room, seconds, screenshot: values.screenshot, onStep: say });
    const { hungUpAtMs, ...held } = await call;
    const allocation = await fetchAllocation(network.ready, room);
    say('waiting for the settlement of this call');
    const { settlements, ...paid } = await awaitSettlement(
      network.ready,
      () => fetchSessions(network.ready, room),
      hungUpAtMs,
    );
    const [settlement] = settlements;
    const verified = await verifies(network.ready, { settlement }, say);
    const figures = { ...held, allocation, ...paid, settlement, verified };
    print(figures, values.screenshot);
    if (values.json) writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`);
    const broken = brokenBars(figures);
    for (const line of broken) process.stdout.write(`NOT MET  ${line}\n`);
    process.exitCode = broken.length > 0 ? 1 : 0;
  } finally {
    await network.stop();
  }
});

async function joinOrLaunch(data) {
  const running = await findRunning(parseNetworkOptions(data ? ['--data', data] : []).dataDir);
  if (running) {
    say(`using the running network at ${running.livekitUrl}`);
    return { ready: running, stop: async () => {} };
  }
  const { launchNetwork } = await import('./network/launch.mjs');
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'chroom-demo-'));
  const network = await launchNetwork(parseNetworkOptions(['--data', dataDir, '--port-base', ownPortBase]), {
    onStep: say,
  });
  return {
    ready: network.ready,
    stop: async () => {
      await network.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function print(figures, screenshot) {
  process.stdout.write(`
  decoded video     alice ${figures.fps[0]} fps (${figures.resolution[0]}), bob ${figures.fps[1]} fps (${figures.resolution[1]})
  freezes           ${figures.freezes} (longest gap ${Math.max(...figures.longestGapMs)} ms)
  joined            ${figures.joinMsEach.join(' / ')} ms until the other's video (alice / bob)
  reload            ${figures.reloadMsEach.join(' / ')} ms
  round trip        ${figures.rttMs} ms
  loss              ${figures.lossPct} % of ${figures.packetsReceived} packets
  audio             ${figures.audible.every(Boolean) ? 'heard on both sides' : 'MISSING'}
  allocation        node ${figures.allocation.nodeId}
${figures.allocation.reasons.map((reason) => `    ${reason}`).join('\n')}
  settled           ${(figures.settledAfterMs / 1000).toFixed(1)} s after hang-up, in ${figures.batches} batches
    transaction     ${figures.settlement.tx} (${figures.settlement.gas} gas)
    batch           ${figures.settlement.batchKey}, paid ${figures.settlement.paid}
    verified        ${figures.verified ? 'by tools/verify-settlement.mjs' : 'NOT'}
  screenshot        ${screenshot}

`);
}
