import { expect } from '@esm-bundle/chai';
import { type ChromeHooks, extensionChrome } from '../../src/ui/frontend-chrome.ts';
import { canvasCorner, reactiveTick, topBarBottom, watchCanvas } from '../../src/ui/frontend-hooks.ts';
import { schemeOf, watchScheme } from '../../src/ui/scheme.ts';
import { settled, within } from './by-role.ts';
import { fakeModel, hosting, person } from './fake-model.ts';
import { clearStage } from './stage.ts';

function setup(model = fakeModel()) {
  const did: string[] = [];
  const hooks: ChromeHooks = {
    openInvite: () => void did.push('invite'),
    toggleUsers: () => void did.push('users'),
    toggleBackups: () => void did.push('backups'),
    openChat: () => void did.push('chat'),
    toggleKeys: () => void did.push('keys'),
    openSidebar: () => void did.push('sidebar'),
    track: () => void did.push('track'),
    touch: () => void did.push('touch'),
  };
  const chrome = extensionChrome(model, hooks);
  return { model, did, chrome };
}

describe('pieces for the frontend', () => {
  afterEach(clearStage);

  it('the button is Start session, then Invite, and follows the state', () => {
    const { model, did, chrome } = setup();
    expect(chrome.actionBarButtons[0]!.label).to.equal('Start session');
    chrome.actionBarButtons[0]!.onClick();
    expect(model.calls).to.deep.equal([['startSession']]);
    model.set({ phase: hosting() });
    expect(did).to.include('touch');
    expect(chrome.actionBarButtons[0]!.label).to.equal('Invite');
    chrome.actionBarButtons[0]!.onClick();
    expect(did).to.include('invite');
    expect(did).to.include('track');
    chrome.close();
  });

  it('a guest has no button, an admin among them has Invite', () => {
    const guest = {
      kind: 'guest' as const,
      hostName: 'Heron',
      roomName: 'Portrait',
      connection: 'live' as const,
      workflow: 'shown' as const,
      rights: { editor: true, queue: true },
      unconfirmed: 0,
      asked: false,
    };
    const { model, did, chrome } = setup(fakeModel({ phase: guest }));
    expect(chrome.actionBarButtons).to.deep.equal([]);
    model.set({ phase: { ...guest, inviting: hosting() } });
    expect(chrome.actionBarButtons.map(({ label }) => label)).to.deep.equal(['Invite']);
    chrome.actionBarButtons[0]!.onClick();
    expect(did).to.include('invite');
    chrome.close();
  });

  it('a start that fails is told, not thrown', async () => {
    const { chrome } = setup(fakeModel({}, { startSession: () => Promise.reject(new Error('No storage.')) }));
    const failures: unknown[] = [];
    const listener = (event: Event) => failures.push((event as CustomEvent).detail);
    document.addEventListener('nexus-action-failed', listener);
    chrome.actionBarButtons[0]!.onClick();
    await settled();
    document.removeEventListener('nexus-action-failed', listener);
    expect(failures).to.deep.equal(['No storage.']);
    chrome.close();
  });

  it('keys run commands that exist', () => {
    const { chrome } = setup();
    const ids = new Set(chrome.commands.map(({ id }) => id));
    for (const { commandId } of chrome.keybindings) expect(ids.has(commandId)).to.equal(true);
    const keys = chrome.keybindings.map(
      ({ combo }) => `${combo.alt ? 'Alt+' : ''}${combo.shift ? 'Shift+' : ''}${combo.key}`,
    );
    expect(keys).to.include.members(['t', '?', 'Alt+p', 'Alt+Shift+p', 'Alt+π', 'Alt+o', 'Alt+Shift+o', 'Alt+ø']);
    for (const { commands } of chrome.menuCommands) for (const id of commands) expect(ids.has(id)).to.equal(true);
    chrome.close();
  });

  it('the sidebar tab survives being rendered again, and counts the people', async () => {
    const { model, chrome } = setup();
    const container = document.createElement('div');
    document.body.append(container);
    chrome.sidebarTab.render(container);
    const panel = container.firstChild;
    chrome.sidebarTab.render(container);
    await settled();
    expect(container.firstChild === panel).to.equal(true);
    expect(
      within(container)
        .all('heading')
        .map((each) => each.textContent),
    ).to.deep.equal(['Nexus Mesh', 'Session', 'Users']);
    expect(chrome.sidebarTab.iconBadge()).to.equal(null);
    model.set({ people: [person({ id: 'a', name: 'A' }), person({ id: 'b', name: 'B' })] });
    expect(chrome.sidebarTab.iconBadge()).to.equal('2');
    chrome.sidebarTab.destroy();
    expect(container.childElementCount).to.equal(0);
    chrome.close();
  });

  it('avatars name everyone and open Users', async () => {
    const people = ['Heron', 'Otter', 'Lynx', 'Badger', 'Wren'].map((name) => person({ id: name, name }));
    const { did, chrome } = setup(fakeModel({ phase: hosting(), people }));
    chrome.mountAvatars(document.body);
    await settled();
    const button = within(document).get('button', 'Users: Heron, Otter, Lynx, Badger, Wren');
    expect(button.textContent).to.include('+2');
    button.click();
    expect(did.at(-1)).to.equal('sidebar');
    chrome.close();
  });
});

describe('hooks into the frontend', () => {
  afterEach(clearStage);

  it('makes whoever tracks see a change, and does nothing before the store is there', () => {
    const read: string[] = [];
    const target: Record<string, number> = {};
    const store = new Proxy(target, {
      get: (from, key, receiver) => {
        read.push(String(key));
        return Reflect.get(from, key, receiver);
      },
    });
    let there = false;
    const tick = reactiveTick(() => (there ? store : undefined));
    tick.track();
    tick.touch();
    expect(read).to.deep.equal([]);
    there = true;
    tick.track();
    expect(read).to.have.length(1);
    const before = target[read[0]!];
    tick.touch();
    expect(target[read[0]!]).to.not.equal(before);
  });

  it('knows where the top bar ends, or guesses', () => {
    expect(topBarBottom()).to.equal(48);
    const bar = document.createElement('div');
    bar.dataset.testid = 'top-menu-actionbars';
    Object.assign(bar.style, { position: 'fixed', top: '10px', height: '40px' });
    document.body.append(bar);
    expect(topBarBottom()).to.equal(50);
  });
});

describe('free corner of the canvas', () => {
  afterEach(clearStage);

  it('is right of the sidebars and below the top bar', () => {
    expect(canvasCorner()).to.deep.equal({ left: 0, top: 48 });
    addPanel();
    expect(canvasCorner().left).to.equal(300);
  });

  it('what the frontend brings later is watched from the next look on, each once', () => {
    const did: string[] = [];
    // A page in the background is told of no sizes, so the observer is a fake.
    class FakeObserver implements ResizeObserver {
      observe = (element: Element) => void did.push(`observe ${element.id}`);
      unobserve = () => {};
      disconnect = () => void did.push('disconnect');
    }
    const watch = watchCanvas(() => {}, FakeObserver);
    watch.look();
    const panel = addPanel();
    watch.look();
    watch.look();
    panel.remove();
    watch.look();
    watch.close();
    expect(did).to.deep.equal(['disconnect', 'observe graph-canvas-panel', 'disconnect', 'disconnect']);
  });

  function addPanel(): HTMLElement {
    const panel = document.createElement('div');
    panel.id = 'graph-canvas-panel';
    Object.assign(panel.style, { position: 'fixed', left: '300px', width: '200px', height: '10px' });
    document.body.append(panel);
    return panel;
  }
});

describe('scheme', () => {
  it('is what the panel’s colour is, in any palette', () => {
    expect(schemeOf('rgb(23, 23, 24)')).to.equal('dark');
    expect(schemeOf('rgb(255, 255, 255)')).to.equal('light');
    expect(schemeOf('rgba(0, 0, 0, 0)')).to.equal(null);
    expect(schemeOf('nonsense')).to.equal(null);
  });

  it('follows a change of palette', async () => {
    document.documentElement.style.setProperty('--comfy-menu-bg', '#fff');
    const heard: string[] = [];
    const stop = watchScheme((scheme) => heard.push(scheme));
    document.documentElement.style.setProperty('--comfy-menu-bg', '#171718');
    await settled();
    stop();
    document.documentElement.style.removeProperty('--comfy-menu-bg');
    expect(heard.at(-2)).to.equal('light');
    expect(heard.at(-1)).to.equal('dark');
  });

  it('is what the page says of the last palette, until the palette is there', async () => {
    const root = document.documentElement.style;
    root.setProperty('--bg-color', '#d3d3d3');
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(':root { --comfy-menu-bg: #353535 }');
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    const heard: string[] = [];
    const stop = watchScheme((scheme) => heard.push(scheme));
    expect(heard.at(-1)).to.equal('light');
    // The frontend's own palettes come by a style sheet, and the page's colour goes.
    root.removeProperty('--bg-color');
    await settled();
    expect(heard.at(-1)).to.equal('dark');
    stop();
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== sheet);
  });
});
