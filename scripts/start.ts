/** `npm start`: fetches the frontend and builds when needed, then serves the portal and its signaling on one port. `--dev` rebuilds and reloads. */
import { parseArguments, run } from '../signaling/main.ts';
import { build, EXTENSION_DIR, isStale, PORTAL_DIR, rollup } from './build.ts';
import { ensureFrontend } from './fetch.ts';

async function start(): Promise<void> {
  const dev = process.argv.includes('--dev');
  const settings = parseArguments(process.argv.slice(2).filter((argument) => argument !== '--dev'));
  if (!settings) return;
  const frontendDir = await ensureFrontend();
  if (await isStale()) {
    console.log('Building …');
    await build();
  }
  const { comfy, ...rest } = settings;
  await run({
    ...rest,
    portal: { frontendDir, portalDir: PORTAL_DIR, dev },
    ...(comfy ? { comfy: { ...comfy, frontendDir, extensionDir: EXTENSION_DIR } } : {}),
  });
  if (dev) await rollup(['--watch', '--no-watch.clearScreen'], { NEXUS_DEV: '1' });
}

try {
  await start();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
