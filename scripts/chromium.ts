/** Finds a Chromium for the tests, or gets one: an installed one, else Playwright's download, else the system's package. */
import { execFile, spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { CACHE } from './fetch.ts';

const BROWSERS_DIR = path.join(CACHE, 'browsers');
const COMMANDS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
];

const isRoot = process.getuid?.() === 0;
const run = promisify(execFile);

/** Flags under which the tests launch it: no background traffic, and data channels between two processes of one machine. */
export const CHROMIUM_FLAGS: readonly string[] = [
  ...(isRoot ? ['--no-sandbox'] : []),
  '--disable-features=WebRtcHideLocalIpsWithMdns',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
];

/** Undefined when none is installed. */
export async function findChromium(): Promise<string | undefined> {
  const asked = process.env.CHROMIUM || process.env.CHROME_PATH;
  if (asked) {
    if (await isExecutable(asked)) return asked;
    throw new Error(
      `CHROMIUM or CHROME_PATH names ${asked}, which cannot be run. Correct it, or unset it to search for a browser.`,
    );
  }
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const onPath = COMMANDS.flatMap((command) => folders.map((folder) => path.join(folder, command)));
  for (const file of [...onPath, ...PLACES, await downloadedPath()]) {
    if (await isExecutable(file)) return file;
  }
  return undefined;
}

export async function ensureChromium(): Promise<string> {
  const installed = await findChromium();
  if (installed) return installed;
  const problems: string[] = [];
  for (const [how, get] of [
    ['Playwright’s download', downloadByPlaywright],
    ['apt-get', installByApt],
  ] as const) {
    try {
      console.log(`No Chromium is installed; trying ${how} …`);
      await get();
      const found = await findChromium();
      if (found && (await starts(found))) return found;
      problems.push(`  ${how}: what it brought does not start on this machine`);
    } catch (error) {
      problems.push(`  ${how}: ${error instanceof Error ? error.message : error}`);
    }
  }
  throw new Error(
    [
      'The browser tests need a Chromium, and none could be had:',
      ...problems,
      'What to do: install chromium or Google Chrome, or set CHROMIUM to the path of one, then run the command again.',
    ].join('\n'),
  );
}

async function isExecutable(file: string): Promise<boolean> {
  return (
    file !== '' &&
    access(file, constants.X_OK).then(
      () => true,
      () => false,
    )
  );
}

/** A download can lack libraries of the system. */
async function starts(file: string): Promise<boolean> {
  return run(file, ['--version', ...CHROMIUM_FLAGS], { timeout: 30_000 }).then(
    () => true,
    () => false,
  );
}

async function downloadedPath(): Promise<string> {
  process.env.PLAYWRIGHT_BROWSERS_PATH ??= BROWSERS_DIR;
  const { chromium } = await import('playwright-core');
  return chromium.executablePath();
}

async function downloadByPlaywright(): Promise<void> {
  const cli = path.join(path.dirname(createRequire(import.meta.url).resolve('playwright-core/package.json')), 'cli.js');
  await show(process.execPath, [cli, 'install', 'chromium', '--no-shell'], { PLAYWRIGHT_BROWSERS_PATH: BROWSERS_DIR });
}

async function installByApt(): Promise<void> {
  if (process.platform !== 'linux') throw new Error('only on Linux');
  if (!isRoot) throw new Error('only as root; as an administrator run: apt-get install chromium');
  await show('apt-get', ['update', '-q']);
  await show('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium'], {
    DEBIAN_FRONTEND: 'noninteractive',
  });
}

function show(command: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<void> {
  const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${command} ended with ${code}`))));
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    console.log(await ensureChromium());
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
