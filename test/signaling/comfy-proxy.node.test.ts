/** A real ComfyUI under the portal: through to a stand-in, for this machine alone unless asked. Needs a build. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import { EXTENSION_DIR, PORTAL_DIR } from '../../scripts/build.ts';
import { ensureFrontend } from '../../scripts/fetch.ts';
import { comfyAddress } from '../../signaling/comfy-proxy.ts';
import { parseArguments } from '../../signaling/main.ts';
import { type RunningServer, startServer } from '../../signaling/server.ts';
import { StandIn } from '../support/comfyui/server.ts';

let comfyui: StandIn;
let server: RunningServer;
const opened: RunningServer[] = [];

before(async () => {
  comfyui = await StandIn.start({ pack: true });
  server = await serve(comfyui.url);
});
after(async () => {
  for (const each of opened) await each.close();
  await comfyui.close();
});

async function serve(target: string, options: { isOpen?: boolean; trustProxy?: boolean } = {}): Promise<RunningServer> {
  const frontendDir = await ensureFrontend();
  const comfy = { target, frontendDir, extensionDir: EXTENSION_DIR, isOpen: false, trustProxy: false, ...options };
  const started = await startServer({
    host: '127.0.0.1',
    port: 0,
    portal: { frontendDir, portalDir: PORTAL_DIR },
    comfy,
  });
  opened.push(started);
  return started;
}

const at = (path: string, of = server): string => `http://127.0.0.1:${of.port}/comfyui/${path}`;

async function json(path: string): Promise<unknown> {
  const answer = await fetch(at(path));
  assert.equal(answer.status, 200, path);
  return answer.json();
}

test('the page is the published frontend without the virtual backend; the portal stays above it', async () => {
  const page = await (await fetch(at(''))).text();
  assert.match(page, /<div id="vue-app"/);
  assert.doesNotMatch(page, /nexus\/page\.js/);
  assert.match(await (await fetch(`http://127.0.0.1:${server.port}/`)).text(), /nexus\/page\.js/);
});

test('definitions, pictures and prompts go through, bodies and status codes too', async () => {
  await comfyui.backend.addPicture('output', 'a.png', [1, 2, 3]);
  const definitions = (await json('api/object_info')) as Record<string, unknown>;
  assert.ok(definitions.PackPreviewSteps);
  const picture = await fetch(at('api/view?filename=a.png&type=output'));
  assert.equal(picture.headers.get('content-type'), 'image/png');
  assert.equal(
    Buffer.from(await picture.arrayBuffer())
      .subarray(1, 4)
      .toString(),
    'PNG',
  );
  const headers = { Origin: `http://127.0.0.1:${server.port}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ prompt: { 1: { class_type: 'NoSuchNode', inputs: {} } } });
  const refused = await fetch(at('api/prompt'), { method: 'POST', headers, body });
  assert.equal(refused.status, 400);
  assert.equal(((await refused.json()) as { error: { type: string } }).error.type, 'invalid_prompt');
});

test('extensions are ComfyUI’s, its core in this frontend’s version, and ours once, which knows the portal', async () => {
  const list = (await json('api/extensions')) as string[];
  assert.equal(list.filter((each) => each.endsWith('/nexus-mesh.js')).length, 1);
  assert.ok(list.some((each) => each.startsWith('/extensions/core/')));
  const ours = await (await fetch(at('extensions/nexus-mesh/nexus-mesh.js'))).text();
  assert.match(ours, /portal: new URL\('..\/..\/..\/', import.meta.url\)/);
  const bundle = await fetch(at('extensions/nexus-mesh/bundle.js'));
  assert.equal(bundle.status, 200);
  assert.match(bundle.headers.get('content-type') ?? '', /javascript/);
});

test('the socket goes through both ways', async () => {
  const socket = new WebSocket(at('ws?clientId=through').replace('http', 'ws'), {
    origin: `http://127.0.0.1:${server.port}`,
  });
  const messages: { type: string }[] = [];
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => socket.send(JSON.stringify({ type: 'feature_flags', data: {} })));
    socket.on('message', (data) => {
      messages.push(JSON.parse(String(data)));
      if (messages.length === 2) resolve();
    });
  });
  assert.deepEqual(messages.map(({ type }) => type).sort(), ['feature_flags', 'status']);
  socket.close();
});

test('a page of another address gets nothing, over its socket neither', async () => {
  const seen = comfyui.seen.length;
  const headers = { Origin: 'https://elsewhere.test' };
  assert.equal((await fetch(at('api/queue'), { headers })).status, 403);
  const socket = new WebSocket(at('ws').replace('http', 'ws'), { headers });
  const [status] = await new Promise<[number | undefined]>((resolve) => {
    socket.on('unexpected-response', (_request, answer) => resolve([answer.statusCode]));
    socket.on('error', () => {});
  });
  assert.equal(status, 403);
  assert.equal(comfyui.seen.length, seen);
});

test('another machine gets nothing, unless it was asked for', async () => {
  const headers = { 'X-Forwarded-For': '203.0.113.5' };
  const closed = await serve(comfyui.url, { trustProxy: true });
  const refused = await fetch(at('api/queue', closed), { headers });
  assert.equal(refused.status, 403);
  assert.match(((await refused.json()) as { error: string }).error, /for this machine alone.*--comfy-open/);
  const open = await serve(comfyui.url, { trustProxy: true, isOpen: true });
  assert.equal((await fetch(at('api/queue', open), { headers })).status, 200);
});

test('a path cannot lead elsewhere', async () => {
  const seen = comfyui.seen.length;
  for (const path of ['//elsewhere.test/x', 'http:%2f%2felsewhere.test/x', 'http://elsewhere.test/'])
    assert.ok([200, 404].includes((await fetch(at(path))).status), path);
  for (const { path } of comfyui.seen.slice(seen)) assert.doesNotMatch(path, /elsewhere/);
});

test('a ComfyUI that is not there is told in words, by the page and by each answer', async () => {
  const down = await serve('http://127.0.0.1:9/');
  const page = await fetch(at('', down));
  assert.equal(page.status, 502);
  assert.match(await page.text(), /There is no ComfyUI at http:\/\/127\.0\.0\.1:9\/\. Start it/);
  const answer = await fetch(at('api/object_info', down));
  assert.equal(answer.status, 502);
  assert.match(((await answer.json()) as { error: string }).error, /does not answer .*Start it/);
});

test('its address is checked before anything starts', () => {
  assert.equal(comfyAddress('http://127.0.0.1:8188').href, 'http://127.0.0.1:8188/');
  for (const wrong of ['127.0.0.1:8188', 'ftp://x', '', 'comfy'])
    assert.throws(() => parseArguments(['--comfy', wrong]), /--comfy must be the address of a ComfyUI/);
  assert.deepEqual(parseArguments(['--comfy', 'http://a:1/x?y#z'])?.comfy, {
    target: 'http://a:1/x/',
    isOpen: false,
    trustProxy: false,
  });
});
