/** What users drop into `custom_nodes`. Needs a build. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { before, test } from 'node:test';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { ROOT } from '../../scripts/fetch.ts';

const run = promisify(execFile);
const FOLDER = path.join(ROOT, 'dist', 'comfyui');
const FILES = [
  'LICENSE',
  'README.md',
  'THIRD_PARTY_LICENSES.txt',
  '__init__.py',
  'pyproject.toml',
  'web/nexus-mesh.js',
];

/** Loads the folder as ComfyUI does with a custom node, and prints what it would look at. */
const LOAD = `
import importlib.util, json, os, sys
folder = sys.argv[1]
spec = importlib.util.spec_from_file_location("nexus_mesh_node", os.path.join(folder, "__init__.py"))
module = importlib.util.module_from_spec(spec)
sys.modules["nexus_mesh_node"] = module
before = set(sys.modules)
spec.loader.exec_module(module)
imported = sorted(set(sys.modules) - before)
web = os.path.abspath(os.path.join(folder, module.WEB_DIRECTORY))
try:
    import tomllib
    with open(os.path.join(folder, "pyproject.toml"), "rb") as file:
        project = tomllib.load(file)
except ImportError:
    project = None
print(json.dumps({
    "scripts": sorted(name for name in os.listdir(web) if name.endswith(".js")),
    "nodes": list(module.NODE_CLASS_MAPPINGS),
    "imported": imported,
    "project": project,
}))
`;

async function pythonCommand(): Promise<string | null> {
  for (const command of ['python3', 'python']) {
    const found = await run(command, ['--version']).catch(() => null);
    if (found) return command;
  }
  return null;
}

let version: string;
before(async () => {
  version = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8')).version;
});

test('the folder and the zip hold what ComfyUI and its registry need, and nothing else', async () => {
  const found = (await readdir(FOLDER, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(FOLDER, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'));
  assert.deepEqual(found.sort(), FILES);
  const zip = unzipSync(await readFile(path.join(ROOT, 'dist', 'comfyui-nexus-mesh.zip')));
  assert.deepEqual(Object.keys(zip).sort(), FILES);
  for (const name of FILES) {
    const file = await readFile(path.join(FOLDER, name));
    assert.ok(file.length > 0 && file.equals(zip[name] as Uint8Array), name);
  }
});

test('the script is one module that imports no other file', async () => {
  const text = await readFile(path.join(FOLDER, 'web', 'nexus-mesh.js'), 'utf8');
  assert.doesNotMatch(text, /(?:^|[;}\s])import\s*(?:["'{*]|\w+\s*(?:,|from))/);
  assert.doesNotMatch(text, /sourceMappingURL=(?!data:)/);
});

test('the licence of each package in the script is told', async () => {
  const text = await readFile(path.join(FOLDER, 'THIRD_PARTY_LICENSES.txt'), 'utf8');
  for (const name of ['peerjs', 'lit-html', 'valibot', '@noble/curves', 'idb'])
    assert.ok(text.includes(`${name} `), name);
});

test('Python takes it for a custom node without nodes, and needs nothing for it', async (context) => {
  const python = await pythonCommand();
  if (python === null) return context.skip('There is no Python on this machine: the import was not tried.');
  const { stdout } = await run(python, ['-I', '-B', '-c', LOAD, FOLDER]);
  const { scripts, nodes, imported, project } = JSON.parse(stdout);
  assert.deepEqual({ scripts, nodes, imported }, { scripts: ['nexus-mesh.js'], nodes: [], imported: [] });
  if (project === null) return context.diagnostic('This Python is too old to read pyproject.toml.');
  assert.equal(project.project.name, 'comfyui-nexus-mesh');
  assert.equal(project.project.version, version);
  assert.deepEqual(project.project.dependencies, []);
  assert.ok(project.project.description.length > 20 && !project.project.description.includes('@'));
  assert.deepEqual(Object.keys(project.tool.comfy).sort(), ['DisplayName', 'Icon', 'PublisherId', 'requires-comfyui']);
});
