/** Makes of the extension's bundle the folder that users drop into `custom_nodes`, and a zip of it. */
import { readFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { zipSync } from 'fflate';

const ROOT = path.resolve(import.meta.dirname, '..');
const FILES = path.join(ROOT, 'web', 'comfyui');
const LICENCE = /^(licen[cs]e|copying)(\.(md|txt))?$/i;
/** One time for all files: the same sources give the same zip. */
const ZIP_TIME = new Date('2026-01-01T00:00:00Z');

/** @param zip where the archive goes; none while developing. */
export function comfyuiPackage(zip) {
  return {
    name: 'comfyui-package',
    async generateBundle(_options, bundle) {
      const ids = Object.values(bundle).flatMap((chunk) => Object.keys(chunk.modules ?? {}));
      const emit = (fileName, source) => this.emitFile({ type: 'asset', fileName, source });
      const { version, description } = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8'));
      for (const name of await readdir(FILES)) {
        const text = await readFile(path.join(FILES, name), 'utf8');
        emit(name, text.replace('@version@', version).replace('@description@', description));
      }
      emit('LICENSE', await readFile(path.join(ROOT, 'LICENSE'), 'utf8'));
      emit('THIRD_PARTY_LICENSES.txt', await licences(ids));
    },
    async writeBundle(_options, bundle) {
      if (!zip) return;
      const entries = Object.values(bundle)
        .filter(({ fileName }) => !fileName.endsWith('.map'))
        .map(({ fileName, code, source }) => [fileName, Buffer.from(code ?? source)]);
      entries.sort(([a], [b]) => (a < b ? -1 : 1));
      await writeFile(path.join(ROOT, zip), zipSync(Object.fromEntries(entries), { level: 9, mtime: ZIP_TIME }));
    },
  };
}

async function licences(moduleIds) {
  const parts = [];
  for (const folder of [...packageFolders(moduleIds)].sort()) {
    const { name, version, license } = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'));
    const file = (await readdir(folder)).find((each) => LICENCE.test(each));
    const text = file ? await readFile(path.join(folder, file), 'utf8') : '(The package has no licence file.)';
    parts.push(`${name} ${version} (${license})\n\n${text.trim()}\n`);
  }
  return parts.join(`\n${'-'.repeat(80)}\n\n`);
}

function packageFolders(moduleIds) {
  const folders = new Set();
  for (const id of moduleIds) {
    const bundled = /^\0bundled:(.+)$/.exec(id)?.[1];
    if (bundled) addWithDependencies(bundled, ROOT, folders);
    const inside = /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/@][^/]*)\//.exec(id)?.[1];
    if (inside) folders.add(inside);
  }
  return folders;
}

/** A package that is bundled as one module does not say what is in it: at most all that it depends on. */
function addWithDependencies(name, from, folders) {
  const manifest = findManifest(name, from);
  if (!manifest || folders.has(path.dirname(manifest))) return;
  folders.add(path.dirname(manifest));
  const { dependencies = {} } = JSON.parse(readFileSync(manifest, 'utf8'));
  for (const each of Object.keys(dependencies)) addWithDependencies(each, path.dirname(manifest), folders);
}

function findManifest(name, from) {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const manifest = path.join(folder, 'node_modules', name, 'package.json');
    try {
      readFileSync(manifest);
      return manifest;
    } catch {
      if (folder === path.dirname(folder)) return null;
    }
  }
}
