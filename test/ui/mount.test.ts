import { expect } from '@esm-bundle/chai';
import type { NexusInvite } from '../../src/ui/invite.ts';
import type { GuestPhase } from '../../src/ui/model.ts';
import { mountUi, type Ui, type UiHost } from '../../src/ui/mount.ts';
import { placeBubble } from '../../src/ui/refusal.ts';
import { seenText, settled, within } from './by-role.ts';
import { type FakeModel, fakeModel, hosting, person } from './fake-model.ts';
import { press } from './stage.ts';

const guest = (patch: Partial<GuestPhase> = {}): GuestPhase => ({
  kind: 'guest',
  workflow: 'shown',
  hostName: 'Heron',
  roomName: 'Room',
  connection: 'live',
  rights: { editor: true, queue: false },
  unconfirmed: 0,
  asked: false,
  ...patch,
});

describe('mounted UI', () => {
  const toasts: unknown[][] = [];
  const remembered = new Map<string, string>();
  let anchor: HTMLButtonElement;
  let ui: Ui | null = null;

  function mount(model: FakeModel): void {
    const host: UiHost = {
      locale: 'en',
      toast: (...args) => void toasts.push(args),
      openSidebar: () => {},
      inviteAnchor: () => anchor,
      topBarBottom: () => 80,
      canvasCorner: () => ({ left: 0, top: 80 }),
      memory: { get: (key) => remembered.get(key) ?? null, set: (key, value) => void remembered.set(key, value) },
    };
    ui = mountUi(model, host);
  }

  const page = within(document);
  const said = () => document.querySelector('[aria-live]')!.textContent;

  beforeEach(() => {
    anchor = document.createElement('button');
    anchor.textContent = 'Invite';
    document.body.append(anchor);
    anchor.focus();
  });

  afterEach(() => {
    ui?.close();
    ui = null;
    toasts.length = 0;
    remembered.clear();
    document.body.replaceChildren();
  });

  it('a session that starts opens the invite with its link, once; Esc closes it and the focus returns', async () => {
    const model = fakeModel({ phase: { kind: 'starting' } });
    mount(model);
    model.set({ phase: hosting(), people: [person({ id: 'h', name: 'Heron', you: true })] });
    await settled();
    await settled();
    const dialog = page.get('dialog', 'Invite people');
    expect(within(dialog).get<HTMLInputElement>('textbox', 'Invite link').value).to.equal(hosting().invite.link);
    expect(seenText(dialog)).to.match(/Link copied|Copy the link/);
    model.set({ phase: hosting({ saved: 'saving' }) });
    press(document.body, 'Escape');
    await settled();
    expect(page.maybe('dialog') === null).to.equal(true);
    expect(document.activeElement === anchor).to.equal(true);
  });

  it('a session that resumes after a reload does not push the invite', async () => {
    const model = fakeModel({ phase: { kind: 'starting' } });
    mount(model);
    model.set({ phase: hosting({ resumed: true }) });
    await settled();
    expect(page.maybe('dialog') === null).to.equal(true);
    ui!.openInvite();
    await settled();
    expect(page.maybe('dialog', 'Invite people') === null).to.equal(false);
  });

  it('a press outside closes the invite, a press inside does not', async () => {
    mount(fakeModel({ phase: hosting() }));
    ui!.openInvite();
    await settled();
    const inside = document
      .querySelector('nexus-invite-popover')!
      .shadowRoot!.querySelector<NexusInvite>('nexus-invite')!;
    inside.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, composed: true }));
    await settled();
    expect(page.maybe('dialog') === null).to.equal(false);
    document.body.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, composed: true }));
    await settled();
    expect(page.maybe('dialog') === null).to.equal(true);
  });

  it('Esc closes the topmost alone, and leaves the editor its own Esc', async () => {
    const model = fakeModel({ phase: guest(), people: [person({ id: 'h', name: 'Heron' })] });
    mount(model);
    let heard = 0;
    const listener = () => {
      heard += 1;
    };
    document.addEventListener('keydown', listener);
    ui!.toggleUsers();
    await settled();
    model.set({ refusal: { id: 1, text: 'Viewing only.', canAsk: true } });
    await settled();
    press(document.body, 'Escape');
    await settled();
    expect(model.state.refusal).to.equal(null);
    expect(page.maybe('dialog', 'Users') === null).to.equal(false);
    press(document.body, 'Escape');
    await settled();
    expect(page.maybe('dialog') === null).to.equal(true);
    expect(heard).to.equal(0);
    press(document.body, 'Escape');
    expect(heard).to.equal(1);
    document.removeEventListener('keydown', listener);
  });

  it('S2: a refused edit is said where it happened, with the button to ask', async () => {
    const model = fakeModel({ phase: guest({ rights: { editor: false, queue: false } }) });
    mount(model);
    model.set({ refusal: { id: 7, x: 100, y: 120, text: 'Viewing only. <i>Ask</i> Heron.', canAsk: true } });
    await settled();
    const alert = page.all('alert').find((each) => seenText(each) !== '')!;
    expect(seenText(alert)).to.include('Viewing only. <i>Ask</i> Heron.');
    within(alert).get('button', 'Ask to edit').click();
    await settled();
    expect(model.calls).to.deep.equal([['askToEdit'], ['dismissRefusal']]);
    expect(seenText(alert)).to.equal('');
  });

  it('one banner: viewing only asks; trouble counts what waits; coming back is said', async () => {
    const model = fakeModel({ phase: guest({ rights: { editor: false, queue: false } }) });
    mount(model);
    await settled();
    const banner = document.querySelector('nexus-banner')!;
    within(banner).get('button', 'Ask to edit').click();
    expect(model.calls).to.deep.equal([['askToEdit']]);
    within(banner).get('button', 'Dismiss').click();
    await settled();
    expect(seenText(banner)).to.equal('');
    model.set({ phase: guest({ connection: 'host-away', unconfirmed: 3 }) });
    await settled();
    expect(seenText(banner)).to.include('Heron is away').and.to.include('3 changes wait here.');
    model.set({ phase: guest() });
    await settled();
    expect(seenText(banner)).to.include('Back in the session');
  });

  it('notices become toasts of the frontend, each once; failures of actions too', async () => {
    const model = fakeModel(
      { notices: [{ id: 4, severity: 'info', summary: 'old' }] },
      { startSession: () => Promise.reject(new Error('The browser gives no storage.')) },
    );
    mount(model);
    const notice = { id: 5, severity: 'success' as const, summary: 'Otter joined', detail: 'as viewer' };
    model.set({ notices: [...model.state.notices, notice] });
    model.set({});
    expect(toasts).to.deep.equal([['success', 'Otter joined', 'as viewer']]);
    const panel = document.createElement('nexus-users-panel');
    document.body.append(panel);
    document.dispatchEvent(new CustomEvent('nexus-action-failed', { detail: 'The browser gives no storage.' }));
    expect(toasts[1]).to.deep.equal(['error', 'That did not work', 'The browser gives no storage.']);
  });

  it('announces who joins and what I am granted', async () => {
    const model = fakeModel({ phase: guest({ rights: { editor: false, queue: false } }) });
    mount(model);
    model.set({ people: [person({ id: 'o', name: 'Otter' })] });
    expect(said()).to.equal('Otter joined');
    model.set({ phase: guest() });
    expect(said()).to.equal('You may edit now');
    expect(toasts).to.deep.equal([['success', 'You may edit now']]);
  });

  it('the hint of the first visit is gone for good once closed', async () => {
    mount(fakeModel());
    await settled();
    const hint = document.querySelector('nexus-hint')!;
    expect(seenText(hint)).to.include('Start session');
    within(hint).get('button', 'Dismiss').click();
    await settled();
    expect(seenText(hint)).to.equal('');
    ui!.close();
    mount(fakeModel());
    await settled();
    expect(seenText(document.querySelector('nexus-hint')!)).to.equal('');
  });

  it('close takes everything off the page', async () => {
    mount(fakeModel());
    ui!.close();
    expect(document.body.childElementCount).to.equal(1);
  });
});

describe('place of the refusal', () => {
  const bubble = { width: 200, height: 40 };
  const view = { width: 400, height: 300 };

  it('is below and right where there is room, else the other side, always on the screen', () => {
    expect(placeBubble({ x: 50, y: 50 }, bubble, view)).to.deep.equal({ x: 64, y: 64 });
    expect(placeBubble({ x: 390, y: 290 }, bubble, view)).to.deep.equal({ x: 176, y: 236 });
    expect(placeBubble({ x: -50, y: -50 }, bubble, view)).to.deep.equal({ x: 8, y: 8 });
    expect(placeBubble({ x: 9999, y: 9999 }, bubble, view)).to.deep.equal({ x: 192, y: 252 });
  });
});
