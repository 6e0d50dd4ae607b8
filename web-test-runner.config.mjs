/** Runs test/**\/*.test.ts in a real Chromium. `npm test` finds or fetches one; by hand: npx wtr test/some/file.test.ts */
import { writeFileSync } from 'node:fs';
import { esbuildPlugin } from '@web/dev-server-esbuild';
import { defaultReporter } from '@web/test-runner';
import { chromeLauncher } from '@web/test-runner-chrome';
import { tsImport } from 'tsx/esm/api';
import { bundlePackage } from './scripts/bundled-packages.mjs';
import { INLINE_WORKER, inlineWorker } from './scripts/inline-workers.mjs';

const { CHROMIUM_FLAGS, findChromium } = await tsImport('./scripts/chromium.ts', import.meta.url);
const executablePath = await findChromium();

/** Packages that are CommonJS, or depend on such: the test server cannot take those apart. */
const BUNDLED = new Set(['peerjs', 'simple-peer']);

function bundledPackages() {
  return {
    name: 'bundled-packages',
    resolveImport: ({ source }) => (BUNDLED.has(source) ? `/bundled/${source}.js` : undefined),
    async serve(context) {
      const name = /^\/bundled\/([\w-]+)\.js$/.exec(context.path)?.[1];
      if (!name || !BUNDLED.has(name)) return undefined;
      return { body: await bundlePackage(name), type: 'js' };
    },
  };
}

function inlineWorkers() {
  const folder = '/inline-worker/';
  return {
    name: 'inline-workers',
    resolveImport: ({ source }) =>
      source.startsWith(INLINE_WORKER) ? `${folder}${source.slice(INLINE_WORKER.length)}.js` : undefined,
    async serve({ path }) {
      if (!path.startsWith(folder)) return undefined;
      return { body: (await inlineWorker(path.slice(folder.length, -'.js'.length))).code, type: 'js' };
    },
  };
}

/** Tells `npm test` how many tests passed and failed; a file that could not be loaded is one failure. */
function countingReporter(file) {
  return {
    onTestRunFinished({ sessions }) {
      const tests = sessions.flatMap((session) => testsIn(session.testResults));
      const broken = sessions.filter(
        (session) => !session.passed && testsIn(session.testResults).every((t) => t.passed),
      );
      const passed = tests.filter((test) => test.passed && !test.skipped).length;
      const failed = tests.filter((test) => !test.passed && !test.skipped).length + broken.length;
      writeFileSync(file, JSON.stringify({ passed, failed }));
    },
  };
}

function testsIn(suite) {
  return suite ? [...suite.tests, ...suite.suites.flatMap(testsIn)] : [];
}

const report = process.env.NEXUS_TEST_REPORT;

export default {
  files: ['test/**/*.test.ts', '!test/**/*.node.test.ts', '!test/e2e/**'],
  nodeResolve: { browser: true, preferBuiltins: false, exportConditions: ['production'] },
  plugins: [
    esbuildPlugin({ ts: true, target: 'es2022', tsconfig: 'tsconfig.json' }),
    bundledPackages(),
    inlineWorkers(),
  ],
  browsers: [
    chromeLauncher({ launchOptions: { executablePath, args: [...CHROMIUM_FLAGS, '--disable-dev-shm-usage'] } }),
  ],
  reporters: [defaultReporter(), ...(report ? [countingReporter(report)] : [])],
  // One page at a time: only the page in front gets focus events.
  concurrency: 1,
  testsFinishTimeout: 180_000,
  testFramework: { config: { ui: 'bdd', timeout: 10_000 } },
};
