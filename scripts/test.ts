/**
 * `npm test`: everything, in the order in which a failure is cheapest to find. Prints each runner's result and, last, the sum.
 * `-- --only lint,node,browser,e2e,sim` runs a part; any further word keeps the test files whose path holds it.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build, isStale } from './build.ts';
import { ensureChromium } from './chromium.ts';
import { ensureFrontend, ensureTemplates, ROOT } from './fetch.ts';

const SIM = 'test/sim/main.ts';
const SIM_SEEDS = '500';
const NODE_CONCURRENCY = 2;

interface Result {
  passed: number;
  failed: number;
}

interface Context {
  env: NodeJS.ProcessEnv;
  filters: string[];
  /** A folder for the runners' machine-readable results. */
  work: string;
}

type Runner = (context: Context) => Promise<Result>;

const RUNNERS: Record<string, Runner> = {
  lint,
  node: (context) => nodeTests('.node.test.ts', NODE_CONCURRENCY, context),
  browser: browserTests,
  e2e: (context) => nodeTests('.e2e.ts', 1, context),
  sim: simulation,
};

const PASSED: Result = { passed: 1, failed: 0 };
const FAILED: Result = { passed: 0, failed: 1 };

async function lint({ env }: Context): Promise<Result> {
  const results: Result[] = [];
  for (const [name, ...args] of [
    ['biome', 'check', '--error-on-warnings'],
    ['tsc', '--noEmit'],
    ['size-limit'],
  ] as const) {
    const ok = (await run(binary(name), args, env)) === 0;
    console.log(`  ${name}: ${ok ? 'passed' : 'FAILED'}`);
    results.push(ok ? PASSED : FAILED);
  }
  return sum(results);
}

async function nodeTests(ending: string, concurrency: number, { env, filters, work }: Context): Promise<Result> {
  const files = await testFiles(ending, filters);
  if (files.length === 0) return { passed: 0, failed: 0 };
  const report = path.join(work, `report${ending}.tap`);
  const reporters = ['spec', 'stdout', 'tap', report].map(
    (value, i) => `--test-reporter${i % 2 ? '-destination' : ''}=${value}`,
  );
  const args = ['--import', 'tsx', '--test', `--test-concurrency=${concurrency}`, ...reporters, ...files];
  const code = await run(process.execPath, args, env);
  const text = await readFile(report, 'utf8').catch(() => '');
  const figure = (name: string) => Number([...text.matchAll(new RegExp(`^# ${name} (\\d+)$`, 'gm'))].at(-1)?.[1] ?? 0);
  return withExitCode({ passed: figure('pass'), failed: figure('fail') + figure('cancelled') }, code);
}

async function browserTests({ env, filters, work }: Context): Promise<Result> {
  const files = (await testFiles('.test.ts', filters)).filter((file) => !file.endsWith('.node.test.ts'));
  if (files.length === 0) return { passed: 0, failed: 0 };
  const report = path.join(work, 'browser.json');
  const code = await run(binary('wtr'), files, { ...env, NEXUS_TEST_REPORT: report });
  const figures = JSON.parse(await readFile(report, 'utf8').catch(() => '{"passed":0,"failed":0}')) as Result;
  return withExitCode(figures, code);
}

async function simulation({ env }: Context): Promise<Result> {
  if (!existsSync(path.join(ROOT, SIM))) return { passed: 0, failed: 0 };
  const code = await run(process.execPath, ['--import', 'tsx', SIM, '--seeds', SIM_SEEDS], env);
  return code === 0 ? PASSED : FAILED;
}

/** A runner that fails without a failed test (a crash, a file that does not load) has failed all the same. */
function withExitCode(result: Result, code: number): Result {
  return code !== 0 && result.failed === 0 ? { ...result, failed: 1 } : result;
}

async function testFiles(ending: string, filters: string[]): Promise<string[]> {
  const entries = await readdir(path.join(ROOT, 'test'), { recursive: true });
  const files = entries
    .filter((entry) => entry.endsWith(ending))
    .map((entry) => `test/${entry.split(path.sep).join('/')}`);
  return files.filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter))).sort();
}

function binary(name: string): string {
  return path.join(ROOT, 'node_modules', '.bin', name);
}

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...env } });
  return new Promise((resolve) => {
    child.on('error', (error) => {
      console.error(error.message);
      resolve(1);
    });
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

function sum(results: Result[]): Result {
  return {
    passed: results.reduce((total, result) => total + result.passed, 0),
    failed: results.reduce((total, result) => total + result.failed, 0),
  };
}

function chosenParts(only: string | undefined): string[] {
  const parts = only === undefined ? Object.keys(RUNNERS) : only.split(',');
  const unknown = parts.find((part) => !RUNNERS[part]);
  if (unknown !== undefined)
    throw new Error(`--only ${unknown} is not known. Choose from: ${Object.keys(RUNNERS).join(', ')}`);
  return parts;
}

async function prepare(parts: string[]): Promise<NodeJS.ProcessEnv> {
  await ensureTemplates();
  await ensureFrontend();
  if (await isStale()) {
    console.log('Building …');
    await build();
  }
  return parts.some((part) => part === 'browser' || part === 'e2e') ? { CHROMIUM: await ensureChromium() } : {};
}

async function test(): Promise<Result> {
  const { values, positionals: filters } = parseArgs({ options: { only: { type: 'string' } }, allowPositionals: true });
  const parts = chosenParts(values.only);
  const env = await prepare(parts);
  const work = await mkdtemp(path.join(tmpdir(), 'nexus-test-'));
  const results: [string, Result, number][] = [];
  for (const part of parts) {
    console.log(`\n── ${part} ${'─'.repeat(60 - part.length)}`);
    const beganMs = performance.now();
    const result = await RUNNERS[part]!({ env, filters, work });
    results.push([part, result.passed + result.failed === 0 ? FAILED : result, performance.now() - beganMs]);
    if (result.passed + result.failed === 0) console.error(`${part} ran no test at all: that counts as a failure.`);
  }
  await rm(work, { recursive: true, force: true });
  console.log('\n── result ──');
  for (const [part, { passed, failed }, ms] of results) {
    console.log(`${part.padEnd(8)} ${passed} passed, ${failed} failed in ${(ms / 1000).toFixed(1)} s`);
  }
  return sum(results.map(([, result]) => result));
}

const total = await test().catch((error: unknown): Result => {
  console.error(error instanceof Error ? error.message : error);
  return FAILED;
});
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
