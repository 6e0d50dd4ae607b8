/**
 * Packages whose source expects Node's modules and globals, each turned into one browser module by esbuild, with what it
 * expects inside it. The bundles (rollup.config.mjs) and the browser tests (web-test-runner.config.mjs) use the same ones.
 * simple-peer's own prebuilt file needs none of this, but streams 4 × slower.
 */
import path from 'node:path';
import { build } from 'esbuild';

const ROOT = path.resolve(import.meta.dirname, '..');

const NODE_SHIM = `var global = globalThis;
var process = { env: {}, browser: true, nextTick: (f, ...args) => queueMicrotask(() => f(...args)) };`;

const bundles = new Map();

/** The text of a package as one ES module. */
export function bundlePackage(name) {
  if (!bundles.has(name)) bundles.set(name, bundle(name));
  return bundles.get(name);
}

async function bundle(name) {
  const { outputFiles } = await build({
    entryPoints: [name],
    absWorkingDir: ROOT,
    banner: { js: NODE_SHIM },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
  });
  return outputFiles[0].text;
}
