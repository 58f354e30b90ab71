// Instructions of ours per forwarded packet, counted by callgrind: the same on every run and, with the same compiler and
// C library, on every machine.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { runLogged, step } from '../../tools/setup/progress.mjs';
import { repositoryRoot } from '../../tools/setup/repository.mjs';
import { makeResult, round } from './result.mjs';

export const description =
  'instructions per forwarded packet by callgrind, N=100, F=8, GCM and CM-SHA1; npm test compares them with benchmarks/results/instructions.json';

export const ciphers = { gcm: 'AEAD_AES_128_GCM', cm: 'AES128_CM_SHA1_80' };
const folder = path.join(repositoryRoot, '.chroom', 'native-instructions');
const timeLimitMs = 300_000;

/** @param {{say: (text: string) => void}} context */
export async function run({ say }) {
  const hindrance = whatIsMissing();
  if (hindrance) throw new Error(`INSTRUCTIONS_UNSUPPORTED: ${hindrance}`);
  const counted = await countInstructions();
  for (const { cipher, perPacket } of counted) say(`${ciphers[cipher]}: ${perPacket} instructions per packet`);
  return describe(counted);
}

/** Why instructions cannot be counted here; undefined when they can. */
export function whatIsMissing() {
  if (process.arch !== 'x64')
    return `expected an x86-64 processor, whose AES-NI path is counted, received ${process.arch}`;
  if (spawnSync('valgrind', ['--version']).status !== 0) return 'valgrind is not installed';
  return undefined;
}

/** @returns {Promise<{cipher: 'gcm' | 'cm', perPacket: number, toolchain: string, program: any}[]>} */
export async function countInstructions() {
  await step('instruction counter: build', async () => {
    const options = ['-S', 'native', '-B', folder, '-G', 'Ninja', '-DCHROOM_TOOLS=ON'];
    await runLogged('instructions-configure', 'cmake', [...options, '-DCMAKE_CXX_FLAGS=-march=x86-64-v3']);
    await runLogged('instructions-build', 'ninja', ['-C', folder, 'chroom_instructions']);
  });
  return Object.keys(ciphers).map(count);
}

function count(cipher) {
  const out = path.join(folder, `callgrind.${cipher}`);
  const options = [
    '--tool=callgrind',
    '--quiet',
    '--instr-atstart=no',
    '--collect-atstart=no',
    `--callgrind-out-file=${out}`,
  ];
  const program = path.join(folder, 'benchmarks', 'chroom_instructions');
  const output = execFileSync('valgrind', [...options, program, cipher], { encoding: 'utf8', timeout: timeLimitMs });
  const said = JSON.parse(output);
  if (!said.canBeCounted) throw new Error('INSTRUCTIONS_UNSUPPORTED: built without valgrind/callgrind.h');
  if (said.kernel !== 'aesni') throw new Error(`expected the kernel aesni under valgrind, received ${said.kernel}`);
  const expected = said.frames * said.packetsPerFrame * said.receivers;
  if (said.packets !== expected || said.arrived !== expected || said.unopenable !== 0) {
    throw new Error(`expected ${expected} packets forwarded, arrived and authentic, received ${output}`);
  }
  const total = Number(/^(?:totals|summary): (\d+)$/m.exec(readFileSync(out, 'utf8'))?.[1]);
  const toolchain = `${said.compiler}, ${said.libc}`;
  return { cipher, perPacket: round(total / said.packets), toolchain, program: said };
}

/** @param {Awaited<ReturnType<typeof countInstructions>>} counted */
function describe(counted) {
  const [{ toolchain, program }] = counted;
  const { receivers, packetsPerFrame, packetBytes, frames, kernel, openssl } = program;
  const valgrind = execFileSync('valgrind', ['--version'], { encoding: 'utf8' }).trim();
  return makeResult('instructions', {
    settings: {
      toolchain,
      openssl,
      valgrind,
      target: 'x86-64-v3',
      kernel,
      receivers,
      packetsPerFrame,
      packetBytes,
      frames,
    },
    cases: counted.map(({ cipher, perPacket }) => ({
      ...{ name: ciphers[cipher], unit: 'instructions/packet', n: 1 },
      ...{ min: perPacket, median: perPacket, max: perPacket },
    })),
    ratios: Object.fromEntries(
      counted.map(({ cipher, perPacket }) => [`${cipher}_instructions_per_packet`, perPacket]),
    ),
    notes: [
      'user side of one worker without its sockets: demultiplexing, SRTP, RTP, router, streams, headers, runs, feedback, timers; with transport-wide feedback of every receiver every 100 ms, receiver reports every 1 s and STUN checks every 2.5 s',
      'by the AES-NI path: valgrind 3.19 knows neither VAES nor AVX-512 nor the SHA instructions, so a processor that has them executes fewer',
    ],
  });
}
