// `npm start`: from a fresh clone to a running network. Prints the URLs and one line `READY {json}`; SIGINT stops all.
import { parseNetworkOptions } from './network/options.mjs';
import { forgetReady, rememberReady } from './network/running.mjs';
import { prepare } from './setup/prepare.mjs';
import { runMain } from './setup/progress.mjs';

await runMain(async () => {
  const options = parseNetworkOptions(process.argv.slice(2));
  await prepare();
  const { launchNetwork } = await import('./network/launch.mjs');
  const startedAtMs = Date.now();
  let stopping = false;
  const network = await launchNetwork(options, { onStep: (name) => process.stderr.write(`  ${name}\n`) });
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    process.stderr.write('Stopping ...\n');
    forgetReady(options.dataDir);
    await network.stop();
    process.exit(process.exitCode ?? 0);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  rememberReady(options.dataDir, network.ready);
  printUrls(network.ready, Date.now() - startedAtMs);
  const ended = await network.keepRunning();
  if (stopping) return;
  process.exitCode = 1;
  process.stderr.write(
    `INTERNAL: ${ended.name} does not keep running (${ended.signal ?? `code ${ended.code}`}); its log is in ${options.dataDir}/logs. Stopping the rest.\n`,
  );
  await stop();
});

function printUrls(ready, tookMs) {
  process.stdout.write(`
  meeting page   ${ready.consoleUrl}
  LiveKit URL    ${ready.livekitUrl}   (key ${ready.apiKey}; the secret is in the line below)
  admin API      ${ready.adminUrl}   (OpenAPI: ${ready.adminUrl}/docs)
  registry       ${ready.registryUrl}
  chain          ${ready.rpcUrl}   (chain ${ready.chainId}, ChroomCore ${ready.contracts.core})
${ready.nodes.map((node) => `  media node ${node.id}   UDP ${node.udpPorts.join(',')}   ${node.metricsUrl}`).join('\n')}
  up after ${(tookMs / 1000).toFixed(1)} s; Ctrl-C stops everything

READY ${JSON.stringify(ready)}
`);
}
