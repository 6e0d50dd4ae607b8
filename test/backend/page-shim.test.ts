import { expect } from '@esm-bundle/chai';
import { installPageShim, installRandomUuid, type PageShim, randomUuid } from '../../src/backend/page-shim.ts';
import { encodePng } from '../../src/backend/png.ts';
import { type BackendRequest, type BackendSocket, json, type Provider, text } from '../../src/backend/provider.ts';

/** A red pixel. */
const PNG = (await encodePng({
  width: 1,
  height: 1,
  channels: 3,
  data: Uint8Array.of(255, 0, 0),
})) as Uint8Array<ArrayBuffer>;

interface Seen {
  readonly requests: BackendRequest[];
  readonly sockets: BackendSocket[];
}

function testProvider(seen: Seen): Provider {
  return {
    kind: 'embedded',
    async handle(request) {
      seen.requests.push(request);
      if (request.path === 'view') {
        const found = request.query.get('filename') !== 'absent.png';
        return found
          ? { status: 200, headers: { 'content-type': 'image/png' }, body: new Blob([PNG], { type: 'image/png' }) }
          : text('', 404);
      }
      if (request.path === 'echo') return text(await request.text(), 201);
      if (request.path === 'form') return json([...(await request.formData()).keys()]);
      if (request.path === 'broken') throw new Error('a fault of ours');
      return json({ path: request.path, method: request.method });
    },
    open: (socket) => void seen.sockets.push(socket),
    close() {},
  };
}

const once = (target: EventTarget, type: string): Promise<Event> =>
  new Promise((resolve) => target.addEventListener(type, resolve, { once: true }));
const base = (): string => new URL('.', location.href).href;

describe('the page shim', () => {
  let seen: Seen;
  let shim: PageShim;
  beforeEach(() => {
    seen = { requests: [], sockets: [] };
    shim = installPageShim(window, Promise.resolve(testProvider(seen)));
  });
  afterEach(() => shim.uninstall());

  it('answers fetch on the backend’s routes, with and without the prefix', async () => {
    for (const address of ['api/queue', `${base()}queue`, new URL('api/queue', location.href)]) {
      const response = await fetch(address);
      expect(await response.json()).to.deep.equal({ path: 'queue', method: 'GET' });
      expect(response.url).to.match(/queue$/);
    }
    expect((await fetch('api/echo', { method: 'POST', body: 'hello' })).status).to.equal(201);
    expect(await (await fetch(new Request(`${base()}api/echo`, { method: 'POST', body: 'hi' }))).text()).to.equal('hi');
  });

  it('passes forms on as forms', async () => {
    const form = new FormData();
    form.set('image', new File([PNG], 'a.png'));
    expect(await (await fetch('api/form', { method: 'POST', body: form })).json()).to.deep.equal(['image']);
  });

  it('leaves every other address to the network', async () => {
    const response = await fetch('/package.json');
    expect(response.status).to.equal(200);
    expect(await (await fetch('data:text/plain,untouched')).text()).to.equal('untouched');
    expect(seen.requests).to.have.length(0);
  });

  it('asks none of the hosts that the frontend calls by itself', async () => {
    const releases = await fetch('https://api.comfy.org/releases?project=comfyui');
    expect(await releases.json()).to.deep.equal([]);
    expect((await fetch('https://huggingface.co/a.safetensors', { method: 'HEAD' })).status).to.equal(503);
    const failed = await fetch('https://elsewhere.invalid/').catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(TypeError);
  });

  it('a request that was aborted rejects', async () => {
    const abort = new AbortController();
    abort.abort();
    const failed = await fetch('api/queue', { signal: abort.signal }).catch((error: unknown) => error);
    expect((failed as DOMException).name).to.equal('AbortError');
  });

  it('a fault of the provider is an answer, not a dead page', async () => {
    const response = await fetch('api/broken');
    expect(response.status).to.equal(500);
    expect((await response.json()).error.message).to.equal('a fault of ours');
  });

  it('requests wait for the provider', async () => {
    shim.uninstall();
    let provide!: (provider: Provider) => void;
    shim = installPageShim(window, new Promise((resolve) => (provide = resolve)));
    const answer = fetch('api/queue');
    expect(seen.requests).to.have.length(0);
    provide(testProvider(seen));
    expect((await answer).status).to.equal(200);
  });

  it('answers XMLHttpRequest with its events, states and response types', async () => {
    const request = new XMLHttpRequest();
    const states: number[] = [];
    request.onreadystatechange = () => states.push(request.readyState);
    request.open('GET', 'api/i18n');
    request.send();
    await once(request, 'loadend');
    expect(states).to.deep.equal([1, 2, 3, 4]);
    expect([request.status, JSON.parse(request.responseText).path]).to.deep.equal([200, 'i18n']);
    expect(request.getResponseHeader('Content-Type')).to.match(/json/);

    const typed = new XMLHttpRequest();
    typed.open('POST', 'api/echo');
    typed.responseType = 'blob';
    typed.send('bytes');
    await once(typed, 'load');
    expect(await (typed.response as Blob).text()).to.equal('bytes');
  });

  it('leaves other XMLHttpRequests to the platform', async () => {
    const request = new XMLHttpRequest();
    request.open('GET', '/package.json');
    request.responseType = 'json';
    request.send();
    await once(request, 'load');
    expect([request.status, request.response.name]).to.deep.equal([200, 'comfyui-nexus-mesh']);
    expect(seen.requests).to.have.length(0);
  });

  it('an aborted XMLHttpRequest says so and nothing after', async () => {
    const request = new XMLHttpRequest();
    request.open('GET', 'api/queue');
    let loads = 0;
    request.onload = () => loads++;
    request.send();
    const aborted = once(request, 'abort');
    request.abort();
    await aborted;
    await fetch('api/queue');
    expect(loads).to.equal(0);
  });

  it('stands in for the socket beside the page', async () => {
    const socket = new WebSocket(`${base().replace('http', 'ws')}ws?clientId=me`);
    socket.binaryType = 'arraybuffer';
    expect(socket.readyState).to.equal(WebSocket.CONNECTING);
    expect(socket).to.be.instanceOf(WebSocket);
    await once(socket, 'open');
    socket.send('early');
    const end = seen.sockets[0]!;
    expect(end.clientId).to.equal('me');
    const messages: string[] = [];
    end.onMessage((data) => messages.push(data));
    socket.send('later');
    expect(messages).to.deep.equal(['early', 'later']);
    const received = once(socket, 'message') as Promise<MessageEvent>;
    end.send('{"type":"status"}');
    expect((await received).data).to.equal('{"type":"status"}');
    const binary = once(socket, 'message') as Promise<MessageEvent>;
    end.send(new ArrayBuffer(4));
    expect((await binary).data).to.be.instanceOf(ArrayBuffer);
    let told = false;
    end.onClose(() => {
      told = true;
    });
    socket.close();
    await once(socket, 'close');
    expect([told, socket.readyState]).to.deep.equal([true, WebSocket.CLOSED]);
  });

  it('other sockets are the platform’s', () => {
    const socket = new WebSocket('ws://127.0.0.1:9/elsewhere');
    expect(seen.sockets).to.have.length(0);
    expect(socket).to.be.instanceOf(WebSocket);
    socket.close();
  });

  it('shows pictures by property and by attribute, and says the address that was given', async () => {
    const image = new Image();
    image.src = 'api/view?filename=a.png';
    expect(image.complete).to.equal(false);
    await once(image, 'load');
    expect(image.naturalWidth).to.equal(1);
    expect(image.src).to.equal(`${base()}api/view?filename=a.png`);

    const other = document.createElement('img');
    other.setAttribute('src', 'api/view?filename=b.png');
    // Not decode(): a tab in the background, as this one may be, never decodes.
    await once(other, 'load');
    expect(other.naturalWidth).to.equal(1);
  });

  it('an absent picture is an error event; a later source wins over a slower earlier one', async () => {
    const image = new Image();
    image.src = 'api/view?filename=absent.png';
    await once(image, 'error');
    image.src = 'api/view?filename=first.png';
    image.src = 'data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=';
    await once(image, 'load');
    await fetch('api/queue');
    expect(image.src).to.match(/^data:/);
  });

  it('a link to a file downloads what the provider has', async () => {
    const clicked: HTMLAnchorElement[] = [];
    const native = HTMLElement.prototype.click;
    HTMLElement.prototype.click = function click() {
      clicked.push(this as HTMLAnchorElement);
    };
    shim.uninstall();
    shim = installPageShim(window, Promise.resolve(testProvider(seen)));
    const link = document.createElement('a');
    link.href = 'api/view?filename=a.png';
    link.download = 'a.png';
    link.click();
    await fetch('api/queue');
    await new Promise((resolve) => setTimeout(resolve));
    HTMLElement.prototype.click = native;
    expect(clicked).to.have.length(1);
    expect([clicked[0]?.download, clicked[0]?.href.startsWith('blob:')]).to.deep.equal(['a.png', true]);
  });

  it('gives everything back', () => {
    const patched = [fetch, XMLHttpRequest, WebSocket, Element.prototype.setAttribute];
    shim.uninstall();
    expect(
      [fetch, XMLHttpRequest, WebSocket, Element.prototype.setAttribute].map((now, i) => now === patched[i]),
    ).to.deep.equal([false, false, false, false]);
    expect(Object.hasOwn(HTMLAnchorElement.prototype, 'click')).to.equal(false);
  });
});

describe('random ids where the platform has none', () => {
  it('are version 4 UUIDs and differ', () => {
    const ids = new Set(Array.from({ length: 100 }, () => randomUuid()));
    expect(ids.size).to.equal(100);
    for (const id of ids) expect(id).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('are put in only where they are missing', () => {
    const own = { crypto: {} } as unknown as Window & typeof globalThis;
    const undo = installRandomUuid(own);
    expect(own.crypto.randomUUID()).to.match(/-4/);
    undo();
    expect(own.crypto.randomUUID).to.equal(undefined);
    const before = crypto.randomUUID;
    installRandomUuid(window);
    expect(crypto.randomUUID).to.equal(before);
  });
});
