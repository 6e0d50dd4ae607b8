import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPortalPort } from '../../src/backend/portal-page.ts';
import type { NoticeListener, Provider } from '../../src/backend/provider.ts';
import { request } from './support.ts';

interface Tab {
  readonly storage: Map<string, string>;
  hash: string;
  replaced: string[];
  reloads: number;
  listeners: Map<string, (event: Event) => void>;
}
const tab = (hash = '', storage = new Map<string, string>()): Tab => ({
  storage,
  hash,
  replaced: [],
  reloads: 0,
  listeners: new Map(),
});

function windowOf(state: Tab): Window & typeof globalThis {
  return {
    location: {
      get hash() {
        return state.hash;
      },
      href: `http://host.test/p/?q=1${state.hash}`,
      pathname: '/p/',
      search: '?q=1',
      reload: () => state.reloads++,
    },
    history: {
      state: null,
      replaceState: (_data: unknown, _title: string, address: string) => {
        state.replaced.push(address);
        state.hash = '';
      },
    },
    sessionStorage: {
      getItem: (key: string) => state.storage.get(key) ?? null,
      setItem: (key: string, value: string) => void state.storage.set(key, value),
      removeItem: (key: string) => void state.storage.delete(key),
    },
    addEventListener: (type: string, listener: (event: Event) => void) => void state.listeners.set(type, listener),
  } as unknown as Window & typeof globalThis;
}

const stub = (kind: Provider['kind']): Provider => ({
  kind,
  handle: async () => ({ status: 200 }),
  open() {},
  close() {},
});

function open(state: Tab, data: { signaling?: string; stun?: string } = {}) {
  const made: { persistDrafts: boolean; notify: NoticeListener }[] = [];
  const asked: string[] = [];
  const port = createPortalPort({
    window: windowOf(state),
    data,
    createEmbedded: (options) => {
      made.push(options);
      return stub('embedded');
    },
    onExtensions: (kind) => asked.push(kind),
  });
  return { port, made, asked };
}

describe('the port between the page script and the app', () => {
  it('says where people meet, if the page says so', () => {
    assert.equal(open(tab()).port.places, null);
    const { places } = open(tab(), { signaling: 'wss://peers.test/', stun: 'stun:a.test  stun:b.test:9' }).port;
    assert.deepEqual(places, { signaling: 'wss://peers.test/', stun: ['stun:a.test', 'stun:b.test:9'] });
    assert.deepEqual(open(tab(), { signaling: 'wss://peers.test/' }).port.places?.stun, []);
  });

  it('without an invite the embedded backend answers at once, and keeps drafts', async () => {
    const { port, made } = open(tab());
    assert.equal(port.invite, null);
    assert.equal((await port.provider).kind, 'embedded');
    assert.equal(made[0]?.persistDrafts, true);
  });

  it('T1: an invite comes off the address, stays with the tab, and waits for the app’s provider', async () => {
    const state = tab('#nexus=room.secret');
    const { port, made } = open(state);
    assert.equal(port.invite, 'nexus=room.secret');
    assert.deepEqual(state.replaced, ['/p/?q=1']);
    assert.equal(made.length, 0);
    port.provide(stub('remote'));
    port.provide(stub('embedded'));
    assert.equal((await port.provider).kind, 'remote');
    const reloaded = open(tab('', state.storage));
    assert.equal(reloaded.port.invite, 'nexus=room.secret');
    reloaded.port.forgetInvite();
    assert.equal(open(tab('', state.storage)).port.invite, null);
  });

  it('an invite that leads nowhere ends in the person’s own portal', async () => {
    const { port } = open(tab('#nexus=gone'));
    assert.equal((await port.provideEmbedded()).kind, 'embedded');
  });

  it('other fragments are the frontend’s own', () => {
    const state = tab('#0b6f-graph');
    assert.equal(open(state).port.invite, null);
    assert.deepEqual(state.replaced, []);
  });

  it('another invite pasted into the same tab loads the page anew with it', () => {
    const state = tab();
    open(state);
    let stopped = 0;
    const event = { stopImmediatePropagation: () => stopped++ } as unknown as Event;
    state.listeners.get('hashchange')?.(event);
    assert.equal(state.reloads, 0);
    state.hash = '#nexus=next';
    state.listeners.get('hashchange')?.(event);
    assert.deepEqual([state.reloads, stopped, state.hash], [1, 1, '']);
    assert.equal(open(tab('', state.storage)).port.invite, 'nexus=next');
  });

  it('works where storage is blocked', () => {
    const state = tab('#nexus=x');
    state.storage.get = state.storage.set = () => {
      throw new Error('blocked');
    };
    assert.equal(open(state).port.invite, 'nexus=x');
  });

  it('S7: while a session is hosted from this tab the frontend restores no drafts', () => {
    const state = tab();
    open(state).port.setHosting(true);
    assert.equal(open(tab('', state.storage)).made[0]?.persistDrafts, false);
    open(state).port.setHosting(false);
    assert.equal(open(tab('', state.storage)).made[0]?.persistDrafts, true);
  });

  it('notices from before are told to who listens later', () => {
    const { port, made } = open(tab());
    made[0]?.notify({ level: 'warning', text: 'full' });
    const heard: string[] = [];
    port.onNotice(({ text }) => heard.push(text));
    made[0]?.notify({ level: 'error', text: 'worse' });
    assert.deepEqual(heard, ['full', 'worse']);
  });

  it('tells once when the frontend asks for its extensions', async () => {
    const { port, asked } = open(tab());
    const provider = await port.provider;
    await provider.handle(request('GET', 'extensions'));
    await provider.handle(request('GET', 'extensions'));
    assert.deepEqual(asked, ['embedded']);
  });
});
