/**
 * Builds what browsers load. Targets whose entry is missing are skipped.
 * `NEXUS_DEV=1` leaves the code readable.
 */
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import commonjs from '@rollup/plugin-commonjs';
import resolve from '@rollup/plugin-node-resolve';
import esbuild from 'rollup-plugin-esbuild';
import { bundlePackage } from './scripts/bundled-packages.mjs';
import { comfyuiPackage } from './scripts/comfyui-package.mjs';
import { INLINE_WORKER, inlineWorker } from './scripts/inline-workers.mjs';

const PORTAL = 'dist/portal';
const CHUNKS = 'nexus/chunks';
const minify = process.env.NEXUS_DEV !== '1';

/** In the portal the extension must share the app's one module instance, so the file the frontend imports only calls into it. */
const PORTAL_EXTENSION = "import { registerExtension } from '../../nexus/app.js';\nregisterExtension();\n";

const BUNDLED = new Set(['simple-peer']);

function bundledPackages() {
  const prefix = '\0bundled:';
  return {
    name: 'bundled-packages',
    resolveId: (source) => (BUNDLED.has(source) ? prefix + source : null),
    load: (id) => (id.startsWith(prefix) ? bundlePackage(id.slice(prefix.length)) : null),
  };
}

function inlineWorkers() {
  const prefix = `\0${INLINE_WORKER}`;
  return {
    name: 'inline-workers',
    resolveId: (source) => (source.startsWith(INLINE_WORKER) ? `\0${source}` : null),
    async load(id) {
      if (!id.startsWith(prefix)) return null;
      const { code, files } = await inlineWorker(id.slice(prefix.length), { minify });
      for (const file of files) this.addWatchFile(file);
      return code;
    },
  };
}

/** What an extension built for a team or a public portal uses where its settings are empty: `NEXUS_PLACES`, as JSON. */
const places = { NEXUS_PLACES: process.env.NEXUS_PLACES || 'null' };

const plugins = (define = {}) => [
  bundledPackages(),
  inlineWorkers(),
  resolve({ browser: true, preferBuiltins: false }),
  commonjs(),
  esbuild({ target: 'es2022', minify, define, tsconfig: 'tsconfig.json' }),
];

/** Packages warn about themselves; only our own sources can be mended here. */
function onwarn(warning) {
  // Left alone, it would be an import that no browser can follow.
  if (warning.code === 'UNRESOLVED_IMPORT') throw new Error(warning.message);
  const packaged = [warning.id, ...(warning.ids ?? [])].some((id) => id?.includes('node_modules'));
  if (!packaged) console.warn(warning.message);
}

function portalExtension() {
  return {
    name: 'portal-extension',
    generateBundle() {
      this.emitFile({
        type: 'asset',
        fileName: 'extensions/nexus-mesh/nexus-mesh.js',
        source: PORTAL_EXTENSION,
      });
    },
  };
}

/** Chunk names carry a hash, so those of earlier builds would pile up. */
function dropOldChunks() {
  return {
    name: 'drop-old-chunks',
    async writeBundle(_options, bundle) {
      const folder = path.join(PORTAL, CHUNKS);
      if (!existsSync(folder)) return;
      for (const file of await readdir(folder)) {
        if (!bundle[`${CHUNKS}/${file}`]) await rm(path.join(folder, file), { force: true });
      }
    },
  };
}

const targets = [
  {
    input: 'web/page.ts',
    output: { file: `${PORTAL}/nexus/page.js`, format: 'iife', sourcemap: true },
    plugins: plugins(),
  },
  {
    input: 'src/backend/runner-worker.ts',
    output: { file: `${PORTAL}/nexus/runner-worker.js`, format: 'es', sourcemap: true, inlineDynamicImports: true },
    plugins: plugins(),
  },
  {
    input: 'web/portal.ts',
    output: {
      dir: PORTAL,
      format: 'es',
      sourcemap: true,
      entryFileNames: 'nexus/app.js',
      chunkFileNames: `${CHUNKS}/[name]-[hash].js`,
    },
    plugins: [...plugins(), portalExtension(), dropOldChunks()],
  },
  {
    input: 'web/extension.ts',
    output: {
      dir: 'dist/comfyui',
      entryFileNames: 'web/nexus-mesh.js',
      format: 'es',
      // ComfyUI's server would hand it out, but nobody would read it there.
      sourcemap: !minify,
      inlineDynamicImports: true,
    },
    plugins: [...plugins(places), comfyuiPackage(minify ? 'dist/comfyui-nexus-mesh.zip' : null)],
  },
  {
    input: 'src/index.ts',
    output: { dir: 'dist/lib', format: 'es', sourcemap: true },
    plugins: plugins(),
  },
];

export default targets.filter((target) => existsSync(target.input)).map((target) => ({ ...target, onwarn }));
