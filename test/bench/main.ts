/**
 * `npm run bench [-- --only name,… --json file]`: measures everything in one run, beside baselines measured in the same run, and prints
 * one table. No figure fails it: an aim that is missed is said in the table. A row that breaks is reported and the run goes on.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Lab } from './lab.ts';
import { aimText, formatTable, ratioOf, type Section, verdict } from './report.ts';
import type { Figure, Row } from './row.ts';
import { ROWS } from './rows/index.ts';

/** Far beyond any row's own time: a hung browser must not hang the run. */
const ROW_TIMEOUT_MS = 420_000;
const DEFAULT_JSON = path.join('test-results', 'bench.json');

interface Arguments {
  rows: readonly Row[];
  json: string;
}

function parseArguments(args: readonly string[]): Arguments {
  const parsed: Arguments = { rows: ROWS, json: DEFAULT_JSON };
  for (let at = 0; at < args.length; at += 2) {
    const [option, value] = [args[at], args[at + 1]];
    if (value === undefined) throw new Error(`${option} needs a value. ${usage()}`);
    if (option === '--only') parsed.rows = chooseRows(value);
    else if (option === '--json') parsed.json = value;
    else throw new Error(`There is no option ${option}. ${usage()}`);
  }
  return parsed;
}

function chooseRows(list: string): Row[] {
  return list.split(',').map((name) => {
    const row = ROWS.find((candidate) => candidate.name === name);
    if (!row) throw new Error(`There is no row called ${name}. ${usage()}`);
    return row;
  });
}

function usage(): string {
  return `Use: npm run bench -- [--only ${ROWS.map((row) => row.name).join(',')}] [--json file]`;
}

async function runRow(row: Row, lab: Lab): Promise<Section> {
  console.log(`… ${row.name}`);
  const began = performance.now();
  const figures: Figure[] = [];
  let error: string | undefined;
  try {
    await withTimeout(row.run(lab, (figure) => figures.push(figure)));
  } catch (cause) {
    error = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  }
  await lab.closePages();
  return { name: row.name, title: row.title, seconds: (performance.now() - began) / 1000, figures, error };
}

function withTimeout(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${ROW_TIMEOUT_MS / 1000} s`)), ROW_TIMEOUT_MS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

async function writeJson(file: string, sections: readonly Section[]): Promise<void> {
  const machine = { cpus: os.cpus().length, model: os.cpus()[0]?.model, node: process.version, load: os.loadavg() };
  const rows = sections.map((section) => ({
    ...section,
    figures: section.figures.map((figure) => ({
      ...figure,
      ratio: ratioOf(figure),
      aimText: aimText(figure),
      met: verdict(figure),
    })),
  }));
  await mkdir(path.dirname(path.resolve(file)), { recursive: true });
  await writeFile(file, JSON.stringify({ at: new Date().toISOString(), machine, rows }, null, 2));
}

async function main(): Promise<void> {
  const { rows, json } = parseArguments(process.argv.slice(2));
  const lab = new Lab();
  const sections: Section[] = [];
  const stop = () => void lab.close().finally(() => process.exit(130));
  process.once('SIGINT', stop);
  try {
    for (const row of rows) sections.push(await runRow(row, lab));
  } finally {
    await lab.close();
    process.off('SIGINT', stop);
  }
  console.log(`\n${formatTable(sections)}\n`);
  await writeJson(json, sections);
  console.log(`${os.cpus().length} cores, load ${os.loadavg()[0]!.toFixed(1)} at the end; written to ${json}`);
  if (sections.some((section) => section.error)) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
