import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HostCalls } from '../../src/backend/host-calls.ts';
import { createRemoteProvider } from '../../src/backend/remote.ts';
import { memoryStore, type Store } from '../../src/backend/store.ts';
import { bodyOf, request } from './support.ts';

const DEFINITIONS = { HostsOwnNode: { name: 'HostsOwnNode' } };

function remote(host: HostCalls = {}, openSettings?: () => Promise<Store>, definitions: object = DEFINITIONS) {
  const notices: string[] = [];
  const provider = createRemoteProvider({
    objectInfo: Promise.resolve(new TextEncoder().encode(JSON.stringify(definitions))),
    host,
    openStore: async () => memoryStore(),
    ...(openSettings ? { openSettings } : {}),
    notify: ({ text }) => void notices.push(text),
    now: () => 0,
    newId: () => 'id',
  });
  const send = async (method: string, address: string, body?: unknown) => {
    const answer = await provider.handle(request(method, address, body));
    return { status: answer.status, body: await bodyOf(answer) };
  };
  return { provider, send, notices };
}

describe('a guest’s backend', () => {
  it('shows the host’s nodes, and runs no script but ours', async () => {
    const { send } = remote();
    assert.deepEqual((await send('GET', 'object_info')).body, DEFINITIONS);
    assert.deepEqual((await send('GET', 'extensions')).body, ['/extensions/nexus-mesh/nexus-mesh.js']);
  });

  it('asks nobody to sign in for a node that the host’s account would pay for', async () => {
    const definitions = { Paid: { name: 'Paid', api_node: true, input: {} } };
    const { send } = remote({}, undefined, definitions);
    assert.deepEqual((await send('GET', 'object_info')).body, { Paid: { name: 'Paid', input: {} } });
  });

  it('keeps drafts off whatever the guest’s settings say, and settings of their own', async () => {
    const { send } = remote();
    await send('POST', 'settings/Comfy.ColorPalette', '"light"');
    const settings = (await send('GET', 'settings')).body as Record<string, unknown>;
    assert.equal(settings['Comfy.Workflow.Persist'], false);
    assert.equal(settings['Comfy.ColorPalette'], 'light');
  });

  it('says "not yet" in ComfyUI’s shape while the host’s calls are absent', async () => {
    const { send } = remote();
    for (const route of ['prompt', 'upload/image', 'upload/mask']) {
      const { status, body } = await send('POST', route, {});
      assert.equal(status, 503, route);
      const { error, node_errors } = body as { error: { type: string; message: string }; node_errors: object };
      assert.equal(error.type, 'not_yet');
      assert.match(error.message, /next version/);
      assert.deepEqual(node_errors, {});
    }
  });

  it('passes a prompt on without the sign-in data of the frontend’s maker', async () => {
    let passed: unknown;
    const { send } = remote({
      queuePrompt: async (given) => {
        passed = given;
        return { status: 200, body: { prompt_id: 'p', number: 1, node_errors: {} } };
      },
    });
    const extra_data = { api_key_comfy_org: 'secret', extra_pnginfo: { workflow: { nodes: [] } } };
    const answer = await send('POST', 'prompt', { prompt: { 1: {} }, extra_data, client_id: 'c' });
    assert.deepEqual(answer.body, { prompt_id: 'p', number: 1, node_errors: {} });
    assert.doesNotMatch(JSON.stringify(passed), /secret/);
  });

  it('tells the host’s refusal in the host’s words', async () => {
    const { send } = remote({ queuePrompt: () => Promise.reject(new Error('You may not queue here.')) });
    const { status, body } = await send('POST', 'prompt', { prompt: {} });
    assert.equal(status, 400);
    assert.equal((body as { error: { message: string } }).error.message, 'You may not queue here.');
  });

  it('never asks the host to install, to free memory or to change users', async () => {
    const { send } = remote();
    for (const route of [
      'v2/manager/queue/install',
      'customnode/install',
      'free',
      'users',
      'assets/download',
      'history',
    ]) {
      assert.equal((await send('POST', route, {})).status, 403, route);
    }
  });

  it('cancels what the frontend cancels, however it asks', async () => {
    const cancelled: unknown[] = [];
    const { send } = remote({ cancel: async (ids) => void cancelled.push(ids) });
    await send('POST', 'interrupt', { prompt_id: 'a' });
    await send('POST', 'interrupt');
    await send('POST', 'queue', { delete: ['b'] });
    await send('POST', 'jobs/c/cancel');
    await send('POST', 'queue', { clear: true });
    assert.deepEqual(cancelled, [['a'], 'running', ['b'], ['c'], 'waiting']);
  });

  it('says aloud when the host lets nobody cancel: the frontend does not look at the answer', async () => {
    const { send, notices } = remote({ cancel: () => Promise.reject(new Error('This is not your run.')) });
    const { status } = await send('POST', 'interrupt', {});
    assert.equal(status, 400);
    assert.deepEqual(notices, ['This is not your run.']);
  });

  it('pages through what the host ran, and lists the pictures that the host can load', async () => {
    const asked: unknown[] = [];
    const { send } = remote({
      jobs: async (page) => {
        asked.push(page);
        return { jobs: [{ id: 'a' }, { id: 'b' }], total: 5 };
      },
      inputs: async () => ['one.png'],
    });
    const { body } = await send('GET', 'jobs?status=completed,failed&limit=2&offset=2');
    assert.deepEqual(asked, [{ statuses: ['completed', 'failed'], offset: 2, limit: 2 }]);
    const { pagination } = body as { pagination: unknown };
    assert.deepEqual(pagination, { offset: 2, limit: 2, total: 5, has_more: true });
    assert.deepEqual((await send('GET', 'internal/files/input')).body, ['one.png']);
  });

  it('takes a preview where an element shows it, the picture itself where somebody opens, saves or edits it', async () => {
    const asked: boolean[] = [];
    const whole = { bytes: 9, isWanted: () => true, get: async () => null, shown: () => {} };
    const { provider } = remote({
      view: async (_, small) => {
        asked.push(small);
        return { blob: new Blob([small ? 'small' : 'all of it']), ...(small ? { whole } : {}) };
      },
    });
    const view = request('GET', 'view?filename=a.png&type=output');
    assert.equal((await provider.handle({ ...view, isShown: true })).whole, whole);
    assert.equal((await provider.handle(view)).whole, undefined);
    assert.deepEqual(asked, [true, false]);
  });

  it('an upload that the host refuses says why in the status line, which is all that the frontend shows', async () => {
    const { provider } = remote({ upload: () => Promise.reject(new Error('Only PNG pictures.')) });
    const form = new FormData();
    form.set('image', new File(['x'], 'x.exe'));
    assert.equal((await provider.handle(request('POST', 'upload/image', form))).statusText, 'Only PNG pictures.');
  });
});

it('S7: a guest works with the settings of their own portal, and what they change stays theirs', async () => {
  const own = memoryStore();
  const bytes = new TextEncoder().encode(
    JSON.stringify({ 'Comfy.ColorPalette': 'light', 'Comfy.Workflow.Persist': true }),
  );
  await own.put('settings', 'settings.json', { bytes, modified: 0, created: 0 });
  const { send } = remote({}, async () => own);
  const { body } = await send('GET', '/settings');
  assert.equal((body as Record<string, unknown>)['Comfy.ColorPalette'], 'light');
  assert.equal(
    (body as Record<string, unknown>)['Comfy.Workflow.Persist'],
    false,
    'the session still decides on drafts',
  );
  await send('POST', '/settings/Comfy.ColorPalette', '"nord"');
  const kept = JSON.parse(new TextDecoder().decode((await own.get('settings', 'settings.json'))?.bytes));
  assert.deepEqual(kept['Comfy.ColorPalette'], 'nord');
  assert.equal(kept['Comfy.Workflow.Persist'], true, 'what a session dictates is never stored');
});
