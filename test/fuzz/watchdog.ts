/** Ends the process when one input takes far too long: a loop without end would otherwise look like patience. */
import { Worker } from 'node:worker_threads';

const STUCK_MS = 60_000;
const CODE = `
const { parentPort } = require('node:worker_threads');
const { writeSync } = require('node:fs');
let at = '', since = Date.now();
parentPort.on('message', (what) => { at = what; since = Date.now(); });
setInterval(() => {
  if (Date.now() - since < ${STUCK_MS}) return;
  writeSync(2, 'Stuck for ${STUCK_MS / 1000} s in ' + at + '\\n');
  process.kill(process.pid, 'SIGKILL');
}, 1000);
`;

/** @returns what says where the run is, each time that it gets on. */
export function watchdog(): (at: string) => void {
  const worker = new Worker(CODE, { eval: true });
  worker.unref();
  return (at) => worker.postMessage(at);
}
