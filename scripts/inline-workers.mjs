/**
 * `import source from 'inline-worker:src/…/worker.ts'`: a worker and all that it imports as one script in a text. In a user's own
 * ComfyUI one file of ours is shipped, so a worker has to come out of that file. The bundles (rollup.config.mjs) and the browser
 * tests (web-test-runner.config.mjs) use the same text.
 */
import path from 'node:path';
import { build } from 'esbuild';

const ROOT = path.resolve(import.meta.dirname, '..');
export const INLINE_WORKER = 'inline-worker:';

/** @returns a module whose default export is the text, and the files that it was made from. */
export async function inlineWorker(file, { minify = true } = {}) {
  const { outputFiles, metafile } = await build({
    entryPoints: [file],
    absWorkingDir: ROOT,
    bundle: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    minify,
    metafile: true,
    write: false,
  });
  const files = Object.keys(metafile.inputs).map((input) => path.join(ROOT, input));
  return { code: `export default ${JSON.stringify(outputFiles[0].text)};`, files };
}
