/** Builds dist, and knows whether it is older than what it is made from. */
import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './fetch.ts';

export const PORTAL_DIR = path.join(ROOT, 'dist', 'portal');
/** The one script of the package for `custom_nodes`. */
export const EXTENSION_DIR = path.join(ROOT, 'dist', 'comfyui', 'web');
/** Its time is when the last good build began: an edit made during a build counts as newer. */
const STAMP = path.join(ROOT, 'dist', '.built');
const SOURCES = ['src', 'web', 'scripts', 'rollup.config.mjs', 'tsconfig.json', 'package-lock.json', 'LICENSE'];

export async function isStale(): Promise<boolean> {
  if (!existsSync(STAMP)) return true;
  const built = statSync(STAMP).mtimeMs;
  for (const source of SOURCES) {
    if ((await newest(path.join(ROOT, source))) > built) return true;
  }
  return false;
}

async function newest(file: string): Promise<number> {
  if (!existsSync(file)) return 0;
  const stat = statSync(file);
  if (!stat.isDirectory()) return stat.mtimeMs;
  const times = await Promise.all((await readdir(file)).map((entry) => newest(path.join(file, entry))));
  return Math.max(stat.mtimeMs, ...times);
}

export async function build(env: NodeJS.ProcessEnv = {}): Promise<void> {
  const began = new Date();
  await rollup([], env);
  await mkdir(path.dirname(STAMP), { recursive: true });
  await writeFile(STAMP, '');
  await utimes(STAMP, began, began);
}

/** Runs rollup with the project's configuration; rejects when it fails. */
export function rollup(args: string[], env: NodeJS.ProcessEnv = {}): Promise<void> {
  const bin = path.join(
    path.dirname(createRequire(import.meta.url).resolve('rollup/package.json')),
    'dist',
    'bin',
    'rollup',
  );
  const child = spawn(process.execPath, [bin, '-c', 'rollup.config.mjs', '--silent', ...args], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  const stop = () => child.kill();
  process.once('exit', stop);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) =>
      code === 0
        ? resolve()
        : reject(new Error('The build failed; the message above says where. Nothing else was done.')),
    );
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const began = performance.now();
  try {
    await build();
    console.log(`Built dist in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
