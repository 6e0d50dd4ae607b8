/**
 * Fetches one pinned Python wheel and unpacks a folder of it, once, into a cache inside the project.
 *
 * pip goes first because it knows the mirrors, proxies and certificates of the machine it is set up on; plain https to the
 * package's public home is the fallback. Whatever the source, the file is used only if its SHA-256 is the pinned one.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';

const INDEX_URL = 'https://pypi.org/simple';
const INDEX_TYPE = 'application/vnd.pypi.simple.v1+json';
/** Time to connect and get the headers, not the whole download. */
const CONNECT_TIMEOUT_MS = 30_000;
const PIP_TIMEOUT_MS = 10 * 60_000;

const run = promisify(execFile);

export interface Wheel {
  /** Project name on PyPI. */
  name: string;
  version: string;
  /** File name of the wheel. */
  file: string;
  sha256: string;
  /** Folder inside the wheel whose content is unpacked, with a trailing slash. */
  folder: string;
  /** Absolute folder which receives the content. */
  target: string;
  /** Which entries (relative to `folder`) to unpack. */
  keep(entry: string): boolean;
}

export type Say = (line: string) => void;

/** Resolves with `wheel.target`, filled. A second call finds it there and does nothing. */
export async function ensureWheel(wheel: Wheel, say: Say): Promise<string> {
  if (existsSync(wheel.target)) return wheel.target;
  const parent = path.dirname(wheel.target);
  await mkdir(parent, { recursive: true });
  const work = await mkdtemp(path.join(parent, '.unpacking-'));
  try {
    const bytes = await download(wheel, work, say);
    const fresh = path.join(work, 'content');
    const count = await unpack(wheel, bytes, fresh);
    await moveIntoPlace(fresh, wheel.target);
    say(`${wheel.name} ${wheel.version}: ${count} files in ${path.relative(process.cwd(), wheel.target)}`);
    return wheel.target;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function download(wheel: Wheel, work: string, say: Say): Promise<Uint8Array> {
  say(`${wheel.name} ${wheel.version}: fetching (once; kept in .cache)`);
  const problems: string[] = [];
  for (const [how, get] of [
    ['pip', downloadByPip],
    ['https', downloadByHttps],
  ] as const) {
    try {
      const bytes = await get(wheel, work, say);
      verify(wheel, bytes);
      return bytes;
    } catch (error) {
      problems.push(`  by ${how}: ${messageOf(error)}`);
    }
  }
  throw new Error(
    [
      `Could not fetch ${wheel.file}:`,
      ...problems,
      'What to do: check the network (and the proxy and certificate settings of pip or Node), then run the command again.',
      `Or fetch ${wheel.file} by hand, unpack its folder ${wheel.folder} and put the content into ${wheel.target}`,
    ].join('\n'),
  );
}

async function downloadByPip(wheel: Wheel, work: string): Promise<Uint8Array> {
  const args = ['download', '--quiet', '--no-deps', '--only-binary', ':all:', '--dest', work];
  const [command, ...before] = await pipCommand();
  await run(command, [...before, ...args, `${wheel.name}==${wheel.version}`], { timeout: PIP_TIMEOUT_MS });
  return readFile(path.join(work, wheel.file));
}

async function pipCommand(): Promise<[string, ...string[]]> {
  const candidates: [string, ...string[]][] = [['python3', '-m', 'pip'], ['pip3'], ['pip'], ['python', '-m', 'pip']];
  for (const candidate of candidates) {
    const [command, ...before] = candidate;
    const works = await run(command, [...before, '--version']).catch(() => undefined);
    if (works) return candidate;
  }
  throw new Error('pip is not installed');
}

async function downloadByHttps(wheel: Wheel, _work: string, say: Say): Promise<Uint8Array> {
  const index = await request(`${INDEX_URL}/${wheel.name}/`, INDEX_TYPE);
  const url = fileUrl(await index.json(), wheel.file);
  const response = await request(new URL(url, index.url).href, '*/*');
  return readWithProgress(response, wheel.file, say);
}

async function request(url: string, accept: string): Promise<Response> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Error('no answer in time')), CONNECT_TIMEOUT_MS);
  const response = await fetch(url, { headers: { accept }, signal: controller.signal }).finally(() =>
    clearTimeout(timer),
  );
  if (!response.ok) throw new Error(`HTTP ${response.status} from ${new URL(url).host}`);
  return response;
}

function fileUrl(index: unknown, file: string): string {
  const files = (index as { files?: { filename?: unknown; url?: unknown }[] } | null)?.files ?? [];
  const url = files.find((entry) => entry.filename === file)?.url;
  if (typeof url !== 'string') throw new Error(`the package index does not list ${file}`);
  return url;
}

async function readWithProgress(response: Response, file: string, say: Say): Promise<Uint8Array> {
  if (!response.body) throw new Error('the answer was empty');
  const total = Number(response.headers.get('content-length')) || 0;
  const chunks: Uint8Array[] = [];
  let received = 0;
  let reported = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    received += chunk.length;
    const tenths = total ? Math.floor((received / total) * 10) : 0;
    if (tenths <= reported) continue;
    reported = tenths;
    say(`  ${file}: ${tenths * 10} % of ${(total / 1e6).toFixed(1)} MB`);
  }
  return Buffer.concat(chunks);
}

function verify(wheel: Wheel, bytes: Uint8Array): void {
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual !== wheel.sha256) throw new Error(`SHA-256 is ${actual}, expected ${wheel.sha256}; the file was not used`);
}

async function unpack(wheel: Wheel, bytes: Uint8Array, target: string): Promise<number> {
  const wanted = (name: string) =>
    name.startsWith(wheel.folder) && !name.endsWith('/') && wheel.keep(name.slice(wheel.folder.length));
  const entries = Object.entries(unzipSync(bytes, { filter: (file) => wanted(file.name) }));
  for (const [name, content] of entries) {
    const file = path.join(target, name.slice(wheel.folder.length));
    if (!file.startsWith(target + path.sep)) throw new Error(`${wheel.file} holds an unsafe path: ${name}`);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  if (entries.length === 0) throw new Error(`${wheel.file} holds nothing under ${wheel.folder}`);
  return entries.length;
}

/** Two runs may race; whichever renames first wins and the other's copy is dropped. */
async function moveIntoPlace(fresh: string, target: string): Promise<void> {
  try {
    await rename(fresh, target);
  } catch (error) {
    if (!existsSync(target)) throw error;
  }
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return `${text.trim()}${cause}`.split('\n').join('\n    ');
}
