/** The command line: which address, what to print, when to stop. Run alone it serves signaling only; `npm start` adds the portal. */
import { networkInterfaces } from 'node:os';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { COMFY_PATH, ComfyProxy, type ComfyProxyOptions, comfyAddress } from './comfy-proxy.ts';
import { type RunningServer, type ServerOptions, startServer } from './server.ts';

const DEFAULT_PORT = 8787;
const DEFAULT_HOST = '127.0.0.1';
const EVERY_ADDRESS = new Set(['0.0.0.0', '::']);

const USAGE = `Usage: npm start -- [options]
  --port <number>   port to listen on (default ${DEFAULT_PORT})
  --host <address>  address to listen on (default ${DEFAULT_HOST}; 0.0.0.0 opens it to the network)
  --comfy <url>     a ComfyUI to work in, like http://127.0.0.1:8188, for those who install nothing into it: at /comfyui/
  --comfy-open      lets other machines use that ComfyUI, too, with all that it can do
  --nats <url>      share rooms with other nodes through NATS (or NEXUS_NATS), like nats://host:4222
  --stun-url <url>  tell pages of this STUN server, like stun:host:3478; may be given several times (or NEXUS_STUN_URL)
  --turn-url <url>  and of this TURN server, like turn:host:3478, with passwords that expire (or NEXUS_TURN_URL)
  --turn-secret <s> what the TURN server shares with this one; better as NEXUS_TURN_SECRET, which no list of processes shows
  --trust-proxy     a reverse proxy in front sets X-Forwarded-For
  --help            this text`;

/** What was asked for; `npm start` adds where its files are. */
export interface Settings extends Omit<ServerOptions, 'portal' | 'comfy'> {
  comfy?: Pick<ComfyProxyOptions, 'target' | 'isOpen' | 'trustProxy'>;
}

/** Undefined when the answer was the usage text. Throws a sentence for a person. */
export function parseArguments(args: string[]): Settings | undefined {
  const values = parse(args);
  if (values.help) {
    console.log(USAGE);
    return undefined;
  }
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65_535)
    throw new Error(`--port must be a number from 0 to 65535, not "${values.port}".`);
  const nats = values.nats ?? process.env.NEXUS_NATS;
  const signaling = {
    trustProxy: values['trust-proxy'],
    stunUrls: several(values['stun-url'], process.env.NEXUS_STUN_URL),
    turnUrls: several(values['turn-url'], process.env.NEXUS_TURN_URL),
    turnSecret: values['turn-secret'] ?? process.env.NEXUS_TURN_SECRET ?? '',
  };
  const comfy = values.comfy === undefined ? {} : { comfy: comfyOf(values.comfy, values) };
  return { host: values.host, port, ...(nats ? { nats } : {}), ...comfy, signaling };
}

function comfyOf(target: string, values: ReturnType<typeof parse>): Settings['comfy'] {
  return {
    target: comfyAddress(target).href,
    isOpen: values['comfy-open'],
    trustProxy: values['trust-proxy'],
  };
}

/** Of the command line, else of the environment, with spaces. */
function several(given: readonly string[], environment = ''): readonly string[] {
  return given.length > 0 ? given : environment.split(/\s+/).filter((word) => word !== '');
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        port: { type: 'string', default: String(DEFAULT_PORT) },
        host: { type: 'string', default: DEFAULT_HOST },
        comfy: { type: 'string' },
        'comfy-open': { type: 'boolean', default: false },
        nats: { type: 'string' },
        'stun-url': { type: 'string', multiple: true, default: [] },
        'turn-url': { type: 'string', multiple: true, default: [] },
        'turn-secret': { type: 'string' },
        'trust-proxy': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  }
}

export async function run(options: ServerOptions): Promise<RunningServer> {
  const server = await startServer(options);
  const what = options.portal ? 'Nexus Mesh' : 'Nexus Mesh signaling';
  console.log(`${what} is at  ${addresses(options.host, server.port).join('\n               ')}`);
  if (options.comfy)
    await tellOfComfy(options.comfy, url(options.comfy.isOpen ? options.host : '127.0.0.1', server.port));
  console.log('Stop it with Ctrl+C.');
  stopOnSignals(server);
  return server;
}

async function tellOfComfy(comfy: ComfyProxyOptions, portal: string): Promise<void> {
  const version = await new ComfyProxy(comfy).version();
  const state = version === null ? 'does not answer yet: start it' : `is version ${version}`;
  console.log(`Work in your ComfyUI at ${portal}${COMFY_PATH.slice(1)}  (${comfy.target} ${state})`);
}

function stopOnSignals(server: RunningServer): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      console.log('Stopping …');
      server.close().then(() => process.exit(0));
    });
  }
}

function addresses(host: string, port: number): string[] {
  if (!EVERY_ADDRESS.has(host)) return [url(host, port)];
  const found = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const outside = found
    .filter((entry) => !entry.internal && entry.family === 'IPv4')
    .map((entry) => url(entry.address, port));
  return [url('127.0.0.1', port), ...outside];
}

function url(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}/`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    const settings = parseArguments(process.argv.slice(2));
    if (settings?.comfy) throw new Error('--comfy needs the portal beside it: npm start -- --comfy …');
    if (settings) await run({ ...settings, comfy: undefined });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
