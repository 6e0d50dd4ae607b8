/** `npm run site`: the portal as plain files for any web host. People meet at a PeerServer that is named here. */
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { insertPageScript, insertPolicy, type PagePlaces } from '../signaling/index-page.ts';
import { EMPTY_STYLES } from '../signaling/portal.ts';
import { build, isStale, PORTAL_DIR } from './build.ts';
import { ensureFrontend, ROOT } from './fetch.ts';

/** A public endpoint that peerjs's own project runs, and a public STUN server: what works for someone who has neither. */
const PUBLIC_SIGNALING = 'wss://0.peerjs.com/';
const PUBLIC_STUN = 'stun:stun.cloudflare.com:3478';

const ZIP = 'comfyui-nexus-mesh.zip';

const USAGE = `Usage: npm run site -- [options]
  --out <folder>         where the files go (default dist/site)
  --signaling <address>  the PeerServer where people meet (default ${PUBLIC_SIGNALING})
  --stun <address>       a STUN server, again for each further one; "none" for none (default ${PUBLIC_STUN})
  --url <address>        where the site will be: the extension's zip is put beside it, made to use this portal
  --help                 this text`;

/** Writes the portal's files into a folder, in place of what was there. */
export async function writeSite(out: string, places: PagePlaces): Promise<void> {
  const frontend = await ensureFrontend();
  if (!(await isOurs(out))) throw new Error(`${out} holds other things. Name a new folder, or empty that one first.`);
  await rm(out, { recursive: true, force: true });
  await cp(frontend, out, { recursive: true });
  await cp(PORTAL_DIR, out, { recursive: true, filter: (file) => !file.endsWith('.map') });
  const html = await readFile(path.join(frontend, 'index.html'), 'utf8');
  await writeFile(path.join(out, 'index.html'), insertPolicy(insertPageScript(html, places)));
  for (const name of EMPTY_STYLES) {
    await mkdir(path.dirname(path.join(out, name)), { recursive: true });
    await writeFile(path.join(out, name), '');
  }
  // GitHub Pages leaves out names that begin with an underscore unless this file is there.
  await writeFile(path.join(out, '.nojekyll'), '');
}

/** Nothing there, or what an earlier run wrote. */
async function isOurs(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  const index = await readFile(path.join(folder, 'index.html'), 'utf8').catch(() => '');
  return names.length === 0 || index.includes('nexus/page.js');
}

function readArguments(args: string[]): { out: string; places: PagePlaces; url: string | undefined } | null {
  const { values } = parseArgs({
    args,
    options: {
      out: { type: 'string', default: path.join('dist', 'site') },
      signaling: { type: 'string', default: PUBLIC_SIGNALING },
      stun: { type: 'string', multiple: true, default: [PUBLIC_STUN] },
      url: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  if (!/^wss?:$/.test(URL.canParse(values.signaling) ? new URL(values.signaling).protocol : ''))
    throw new Error(`--signaling must be an address like wss://example.org/, not "${values.signaling}".`);
  const stun = values.stun.filter((address) => address !== 'none');
  const wrong = stun.find((address) => !/^stuns?:[^\s"]+$/.test(address));
  if (wrong !== undefined) throw new Error(`--stun must be an address like stun:example.org:3478, not "${wrong}".`);
  const url = values.url?.replace(/\/*$/, '/');
  if (url !== undefined && !/^https?:\/\/[^?#]+$/.test(url))
    throw new Error(`--url must be an address like https://example.org/portal/, not "${values.url}".`);
  return { out: path.resolve(ROOT, values.out), places: { signaling: values.signaling, stun }, url };
}

async function main(): Promise<void> {
  const chosen = readArguments(process.argv.slice(2));
  if (!chosen) return console.log(USAGE);
  const { out, places, url } = chosen;
  if (url !== undefined || (await isStale())) {
    console.log('Building …');
    await build(url === undefined ? {} : { NEXUS_PLACES: JSON.stringify({ portal: url, ...places }) });
  }
  await writeSite(out, places);
  if (url !== undefined) await cp(path.join(ROOT, 'dist', ZIP), path.join(out, ZIP));
  console.log(`The portal's files are in ${path.relative(ROOT, out) || '.'}; any host of static files can serve them.`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    await main();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    process.exitCode = 1;
  }
}
