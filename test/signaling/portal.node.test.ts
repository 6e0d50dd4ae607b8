import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { contentSecurityPolicy, insertPageScript, insertPolicy } from '../../signaling/index-page.ts';
import { parseArguments } from '../../signaling/main.ts';
import { type RunningServer, startServer } from '../../signaling/server.ts';
import { safeJoin } from '../../signaling/static-files.ts';

const INDEX = '<!doctype html><html><head><meta charset="utf-8"><script>let a = 1</script></head><body></body></html>';

let dir: string;
let server: RunningServer;

before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'nexus-portal-'));
  const files: Record<string, string> = {
    'secret.txt': 'secret',
    'frontend/index.html': INDEX,
    'frontend/assets/index-AbCd_123.js': 'export {}',
    'frontend/assets/plain.css': 'a {}',
    'frontend/extensions/core/x.js': 'core',
    'portal/nexus/page.js': 'page',
    'portal/nexus/chunks/x-12345678.js': 'chunk',
    'portal/extensions/nexus-mesh/nexus-mesh.js': 'stub',
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(dir, name)), { recursive: true });
    await writeFile(path.join(dir, name), text);
  }
  const portal = { frontendDir: path.join(dir, 'frontend'), portalDir: path.join(dir, 'portal') };
  server = await startServer({ host: '127.0.0.1', port: 0, portal });
});

after(async () => {
  await server.close();
  await rm(dir, { recursive: true });
});

const get = (name: string, init?: RequestInit) => fetch(`http://127.0.0.1:${server.port}/${name}`, init);

/** `fetch` tidies a path before it sends it; this does not. */
function getRaw(rawPath: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const call = request({ port: server.port, host: '127.0.0.1', path: rawPath }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    call.on('error', reject).end();
  });
}

test('the index page is the frontend’s with one tag, first in head', async () => {
  const tag = '<script src="nexus/page.js"></script>';
  const text = await (await get('?any#thing')).text();
  assert.equal(text, INDEX.replace('<head>', `<head>${tag}`));
  assert.equal(await (await get('index.html')).text(), text);
  assert.equal(insertPageScript('<HEAD data-x><p>'), `<HEAD data-x>${tag}<p>`);
  assert.throws(() => insertPageScript('<p>'), /no <head>/);
});

test('for a host of plain files the page itself carries its policy and where people meet, as text', () => {
  const places = { signaling: 'wss://a.test/?key="><script>', stun: ['stun:b.test', 'stun:c.test'] };
  const page = insertPolicy(insertPageScript(INDEX, places));
  assert.match(page, /<head><meta http-equiv="Content-Security-Policy" content="default-src 'none'; [^"]*"><script /);
  assert.ok(page.includes('data-signaling="wss://a.test/?key=&quot;>&lt;script>" data-stun="stun:b.test stun:c.test"'));
  assert.doesNotMatch(page, /frame-ancestors/, 'a browser would only warn of it here');
});

test('each file comes from where it belongs, with its type', async () => {
  const expected: [string, string, RegExp][] = [
    ['nexus/page.js', 'page', /javascript/],
    ['extensions/nexus-mesh/nexus-mesh.js', 'stub', /javascript/],
    ['extensions/core/x.js', 'core', /javascript/],
    ['assets/plain.css', 'a {}', /text\/css/],
    ['user.css', '', /text\/css/],
  ];
  for (const [name, text, type] of expected) {
    const response = await get(name);
    assert.equal(response.status, 200, name);
    assert.equal(await response.text(), text);
    assert.match(response.headers.get('content-type') ?? '', type);
  }
});

test('names with a hash are cached for good, all others are asked for again by ETag', async () => {
  for (const name of ['assets/index-AbCd_123.js', 'nexus/chunks/x-12345678.js']) {
    assert.match((await get(name)).headers.get('cache-control') ?? '', /immutable/, name);
  }
  for (const name of ['', 'assets/plain.css', 'nexus/page.js']) {
    const first = await get(name);
    assert.equal(first.headers.get('cache-control'), 'no-cache', name);
    const again = await get(name, { headers: { 'If-None-Match': first.headers.get('etag') ?? '' } });
    assert.equal(again.status, 304, name);
  }
});

test('every answer carries the policy and the safety headers', async () => {
  for (const name of ['', 'nexus/page.js', 'api/settings', 'none']) {
    const { headers } = await get(name);
    assert.match(
      headers.get('content-security-policy') ?? '',
      /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval' 'sha256-[^']+'; /,
      name,
    );
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('referrer-policy'), 'no-referrer');
  }
});

test('the policy lets inline scripts pass by their hash and no other way', () => {
  const policy = contentSecurityPolicy(
    '<script>a()</script><script src="b.js"></script><script type="module">c()</script>',
  );
  const scripts = /script-src ([^;]+)/.exec(policy)?.[1] ?? '';
  assert.equal(scripts.match(/'sha256-/g)?.length, 2);
  assert.doesNotMatch(scripts, /'unsafe-inline'|'unsafe-eval'|\*/);
});

test('ComfyUI’s routes are not here, and say so in JSON', async () => {
  for (const name of ['api/settings', 'api/object_info', 'prompt', 'view?filename=x', 'object_info']) {
    const response = await get(name);
    assert.equal(response.status, 404, name);
    assert.match(((await response.json()) as { error: string }).error, /inside the page/);
  }
  assert.equal((await get('api/prompt', { method: 'POST', body: '{}' })).status, 405);
});

test('no path leads out of the served folders', async () => {
  const paths = [
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/assets/../../secret.txt',
    '/nexus/../../secret.txt',
  ];
  const odd = [
    '/..\\secret.txt',
    '/%5c..%5csecret.txt',
    '/a%00b',
    '//secret.txt',
    '/assets',
    '/nexus/',
    '/.%2e/secret.txt',
  ];
  for (const rawPath of [...paths, ...odd]) {
    const { status, text } = await getRaw(rawPath);
    assert.equal(status, 404, rawPath);
    assert.doesNotMatch(text, /^secret/);
  }
  assert.equal((await getRaw('/%zz')).status, 400);
  assert.equal(safeJoin('/root', '../other'), undefined);
  assert.equal(safeJoin('/root', '../root-not'), undefined);
});

test('a missing frontend is told in a sentence', async () => {
  const portal = { frontendDir: path.join(dir, 'nowhere'), portalDir: dir };
  await assert.rejects(startServer({ host: '127.0.0.1', port: 0, portal }), /no frontend in .*npm start/);
});

test('the command line: defaults, and a clear word for what is wrong', () => {
  const none = { trustProxy: false, stunUrls: [], turnUrls: [], turnSecret: '' };
  assert.deepEqual(parseArguments([]), { host: '127.0.0.1', port: 8787, signaling: none });
  const far = parseArguments(['--stun-url', 'stun:a', '--stun-url', 'stun:b', '--turn-url=turn:c', '--turn-secret=s']);
  assert.deepEqual(far?.signaling, { ...none, stunUrls: ['stun:a', 'stun:b'], turnUrls: ['turn:c'], turnSecret: 's' });
  assert.equal(parseArguments(['--nats', 'nats://a:4222'])?.nats, 'nats://a:4222');
  const opened = parseArguments(['--host', '0.0.0.0', '--port=9000']);
  assert.deepEqual([opened?.host, opened?.port], ['0.0.0.0', 9000]);
  for (const port of ['x', '-1', '70000', '1.5', ''])
    assert.throws(() => parseArguments([`--port=${port}`]), /--port must be/);
  assert.throws(() => parseArguments(['--prot', '1']), /--prot[\s\S]*Usage/);
});
