/** The layers of docs/architecture.md, enforced: every import in src, web and signaling is read. Cycles are biome's part. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const ROOT = path.resolve(import.meta.dirname, '..');

/** Which layers each may import, besides itself. A layer that is not listed here may not exist. */
const ALLOWED: Record<string, readonly string[]> = {
  'src/core': [],
  'src/protocol': ['src/core'],
  'src/sync': ['src/core', 'src/protocol'],
  'src/transport': ['src/core', 'src/protocol'],
  'src/transfer': ['src/core', 'src/protocol'],
  'src/storage': ['src/core', 'src/protocol'],
  'src/comfy': ['src/core'],
  'src/backend': ['src/core'],
  'src/ui': [],
  'src/app': everyLayer(),
  /** `src/index.ts`: the library's exports. */
  src: [...everyLayer(), 'src/app'],
  web: [...everyLayer(), 'src/app'],
  signaling: [],
};

/** Core is pure: what it uses from outside must be, too. Everything else may use any package. */
const PACKAGES_OF_CORE = new Set(['@codemirror/state', '@noble/hashes']);

function everyLayer(): string[] {
  const layers = ['core', 'protocol', 'sync', 'transport', 'transfer', 'storage', 'comfy', 'backend', 'ui'];
  return layers.map((layer) => `src/${layer}`);
}

interface Import {
  file: string;
  layer: string;
  /** The imported file relative to the root, or the bare name of a package. */
  target: string;
}

test('every import follows the layers', () => {
  const wrong = imports().filter(isForbidden).map(describe);
  assert.deepEqual(wrong, []);
});

test('every folder with sources is a known layer', () => {
  const unknown = [...new Set(sources().map(layerOf))].filter((layer) => !ALLOWED[layer]);
  assert.deepEqual(unknown, []);
});

test('core uses no package but pure ones', () => {
  const wrong = imports().filter(({ layer, target }) => layer === 'src/core' && isPackage(target) && !isPure(target));
  assert.deepEqual(wrong.map(describe), []);
});

test('no browser source imports a Node module', () => {
  const wrong = imports().filter(({ layer, target }) => layer !== 'signaling' && target.startsWith('node:'));
  assert.deepEqual(wrong.map(describe), []);
});

test('the reader sees every form of import', () => {
  const text = [
    "import a from './a.ts';",
    "import type { B } from '../b.ts';",
    "import './c.ts';",
    "export * from './d.ts';",
    "const e = await import('./e.ts');",
    "import {\n  f,\n} from './f.ts';",
    "new URL('./g.ts', import.meta.url)",
    "// import h from './h.ts';",
  ].join('\n');
  assert.deepEqual(specifiers(text), ['./a.ts', '../b.ts', './c.ts', './d.ts', './e.ts', './f.ts', './g.ts']);
});

test('the check fails on an import that points the wrong way', () => {
  assert.ok(isForbidden({ file: 'src/core/x.ts', layer: 'src/core', target: 'src/ui/y.ts' }));
  assert.ok(isForbidden({ file: 'signaling/x.ts', layer: 'signaling', target: 'src/core/y.ts' }));
  assert.ok(isForbidden({ file: 'src/ui/x.ts', layer: 'src/ui', target: 'src/transport/y.ts' }));
  assert.ok(!isForbidden({ file: 'src/sync/x.ts', layer: 'src/sync', target: 'src/core/y.ts' }));
});

function isForbidden({ layer, target }: Import): boolean {
  if (isPackage(target)) return false;
  const other = layerOf(target);
  return other !== layer && !ALLOWED[layer]?.includes(other);
}

function describe({ file, target }: Import): string {
  return `${file} imports ${target}`;
}

function isPackage(target: string): boolean {
  return !/^(?:src|web|signaling|test|scripts)\//.test(target);
}

function isPure(target: string): boolean {
  return [...PACKAGES_OF_CORE].some((name) => target === name || target.startsWith(`${name}/`));
}

function imports(): Import[] {
  return sources().flatMap((file) =>
    specifiers(readFileSync(path.join(ROOT, file), 'utf8')).map((specifier) => ({
      file,
      layer: layerOf(file),
      target: specifier.startsWith('.') ? posix(path.join(path.dirname(file), specifier)) : specifier,
    })),
  );
}

function sources(): string[] {
  return ['src', 'web', 'signaling'].flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => posix(path.join(folder, file))),
  );
}

function layerOf(file: string): string {
  const [top = '', second = ''] = file.split('/');
  return top === 'src' && !second.endsWith('.ts') ? `src/${second}` : top;
}

function specifiers(text: string): string[] {
  const code = text.replace(/^\s*(?:\/\/|\*|\/\*).*$/gm, '');
  const forms = /(?:\bfrom\s*|\bimport\s*\(?\s*|\bnew URL\(\s*)(['"])([^'"\n]+)\1/g;
  return [...code.matchAll(forms)]
    .map((match) => match[2] ?? '')
    .filter((name) => !/^(?:https?|blob|data):/.test(name));
}

function posix(file: string): string {
  return file.split(path.sep).join('/');
}
