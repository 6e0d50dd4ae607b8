import { expect } from '@esm-bundle/chai';
import type { NexusChat } from '../../src/ui/chat.ts';
import '../../src/ui/chat.ts';
import { chatLines } from '../../src/ui/chat-log.ts';
import { type ChatMessage, MAX_CHAT_MESSAGES } from '../../src/ui/model.ts';
import { seenText, settled, within } from './by-role.ts';
import { type FakeModel, fakeModel, hosting, person } from './fake-model.ts';
import { clearStage, press, stage } from './stage.ts';

const heron = person({ id: 'h', name: 'Heron', you: true });
const otter = person({ id: 'o', name: 'Otter', color: 1 });
const AT = new Date(2026, 3, 7, 14, 2).getTime();

const said = (id: number, text: string, patch: Partial<ChatMessage> = {}): ChatMessage => ({
  id,
  kind: 'chat',
  personId: 'o',
  name: 'Otter',
  color: 1,
  text,
  atMs: AT,
  ...patch,
});

function modelWith(messages: readonly ChatMessage[], actions: Parameters<typeof fakeModel>[1] = {}): FakeModel {
  return fakeModel({ phase: hosting(), people: [heron, otter], chat: { messages, canSend: true } }, actions);
}

function seen(chat: NexusChat): void {
  chat.isPageHidden = () => false;
}

function type(field: HTMLTextAreaElement, text: string): void {
  field.value = text;
  field.dispatchEvent(new InputEvent('input', { bubbles: true }));
}

describe('Chat', () => {
  afterEach(clearStage);

  async function opened(model: FakeModel): Promise<{ chat: NexusChat; field: HTMLTextAreaElement }> {
    const chat = await stage<NexusChat>('nexus-chat', model, seen);
    await chat.open();
    await settled();
    return { chat, field: within(chat).get<HTMLTextAreaElement>('textbox', 'Message') };
  }

  it('is not there outside a session; in one it is a button, then a window with its field focused', async () => {
    const model = fakeModel({ phase: hosting(), people: [heron] });
    const chat = await stage<NexusChat>('nexus-chat', model, seen);
    expect(within(chat).maybe('button') === null).to.equal(true);
    model.set({ chat: { messages: [], canSend: true } });
    await settled();
    within(chat).get('button', 'Open chat').click();
    await settled();
    const field = within(chat).get('textbox', 'Message');
    expect((field.getRootNode() as ShadowRoot).activeElement === field).to.equal(true);
    expect(within(chat).get('region', 'Chat')).to.be.instanceOf(HTMLElement);
  });

  it('Enter sends and keeps the focus, Shift+Enter does not', async () => {
    const sent: string[] = [];
    const send = async (text: string) => {
      sent.push(text);
      return null;
    };
    const { field } = await opened(modelWith([], { sendChat: send }));
    type(field, 'two\nlines 🦦');
    field.dispatchEvent(
      new KeyboardEvent('keydown', { key: 'Enter', shiftKey: true, bubbles: true, cancelable: true }),
    );
    await settled();
    expect(sent).to.deep.equal([]);
    press(field, 'Enter');
    await settled();
    expect(sent).to.deep.equal(['two\nlines 🦦']);
    expect(field.value).to.equal('');
    press(field, 'Enter');
    await settled();
    expect(sent).to.have.length(1);
  });

  it('Enter that ends a word of an input method does not send', async () => {
    const sent: string[] = [];
    const { field } = await opened(modelWith([], { sendChat: async (text) => `${sent.push(text)}` }));
    type(field, 'にほ');
    field.dispatchEvent(
      new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true }),
    );
    await settled();
    expect(sent).to.deep.equal([]);
  });

  it('Esc in it closes it and gives the focus back; on the canvas Esc is not its business', async () => {
    const before = document.createElement('button');
    document.body.append(before);
    before.focus();
    const { chat, field } = await opened(modelWith([]));
    before.focus();
    press(document.body, 'Escape');
    await settled();
    expect(within(chat).maybe('region', 'Chat') === null).to.equal(false);
    field.focus();
    press(field, 'Escape');
    await settled();
    expect(within(chat).maybe('region', 'Chat') === null).to.equal(true);
    expect(document.activeElement === before).to.equal(true);
  });

  it('keys typed into it reach no shortcut of the editor', async () => {
    const { field } = await opened(modelWith([]));
    const heard: string[] = [];
    const listener = (event: KeyboardEvent) => heard.push(event.key);
    window.addEventListener('keydown', listener);
    for (const key of ['t', '?', 'Delete']) press(field, key);
    window.removeEventListener('keydown', listener);
    expect(heard).to.deep.equal([]);
  });

  it('an answer is for this person alone; a refused line comes back with its reason', async () => {
    const send = async (text: string) => {
      if (text === '/help') return '/nick name';
      throw new Error('There is no command /bad. /help lists them.');
    };
    const { chat, field } = await opened(modelWith([said(1, 'hi')], { sendChat: send }));
    type(field, '/help');
    press(field, 'Enter');
    await settled();
    expect(seenText(chat)).to.include('/nick name').and.to.include('Only you see this');
    type(field, '/bad');
    press(field, 'Enter');
    await settled();
    expect(seenText(chat)).to.include('There is no command /bad.');
    expect(field.value).to.equal('/bad');
  });

  it('a /login is hidden while typed, never shown, never given back, not recalled', async () => {
    const secret = '/login anna hunter2hunter2';
    const send = () => Promise.reject(new Error('Wrong account or password.'));
    const { chat, field } = await opened(modelWith([], { sendChat: send }));
    type(field, secret);
    await settled();
    expect(getComputedStyle(field).getPropertyValue('-webkit-text-security')).to.equal('disc');
    expect(seenText(chat)).to.include('not kept');
    press(field, 'Enter');
    await settled();
    expect(field.value).to.equal('');
    press(field, 'ArrowUp');
    await settled();
    expect(field.value).to.equal('');
    expect(seenText(chat)).to.include('Wrong account or password.').and.not.to.include('hunter2');
  });

  it('arrow up recalls what was sent', async () => {
    const { field } = await opened(modelWith([], { sendChat: async () => null }));
    type(field, 'first');
    press(field, 'Enter');
    await settled();
    press(field, 'ArrowUp');
    await settled();
    expect(field.value).to.equal('first');
  });

  it('T7: names and texts are text; links open in a new tab and learn nothing of this page', async () => {
    const html = '<img src=x onerror="window.hacked=1">';
    const { chat } = await opened(modelWith([said(1, `${html} https://example.com/a`, { name: html })]));
    expect(seenText(chat)).to.include(`${html} ${html}`);
    const link = within(chat).get<HTMLAnchorElement>('link', 'https://example.com/a');
    expect([link.href, link.target, link.rel]).to.deep.equal([
      'https://example.com/a',
      '_blank',
      'noopener noreferrer',
    ]);
    expect(Reflect.get(window, 'hacked')).to.equal(undefined);
  });

  it('a node that is named is a button that shows it', async () => {
    const shown: string[] = [];
    const model = modelWith([said(1, '#12 and #99')], { highlightNode: (id) => void shown.push(id) });
    Object.assign(model, { nodeTitle: (id: string) => (id === '12' ? 'KSampler' : null) });
    const { chat } = await opened(model);
    within(chat).get('button', 'Show node #12 KSampler').click();
    expect(shown).to.deep.equal(['12']);
    expect(within(chat).maybe('button', /99/) === null).to.equal(true);
  });

  it('counts what comes while closed, shows the newest for a moment, and nothing is unread once opened', async () => {
    const model = modelWith([said(1, 'before')]);
    const chat = await stage<NexusChat>('nexus-chat', model, seen);
    const messages = [said(1, 'before'), said(2, 'new'), said(3, 'newer'), said(4, 'mine', { personId: 'h' })];
    model.set({ chat: { messages, canSend: true } });
    await settled();
    const button = within(chat).get('button', 'Open chat, 2 unread');
    expect(seenText(chat)).to.include('newer').and.not.to.include('mine');
    button.click();
    await settled();
    press(within(chat).get('textbox', 'Message'), 'Escape');
    await settled();
    within(chat).get('button', 'Open chat');
  });

  it('stays at the end while there, and says so when something comes below', async () => {
    const many = Array.from({ length: 60 }, (_, n) => said(n + 1, `line ${n}`));
    const model = modelWith(many);
    const { chat } = await opened(model);
    const log = within(chat).get('log', 'Messages');
    const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 2;
    expect(atEnd()).to.equal(true);
    model.set({ chat: { messages: [...many, said(61, 'next')], canSend: true } });
    await settled();
    expect(atEnd()).to.equal(true);
    log.scrollTop = 0;
    log.dispatchEvent(new Event('scroll'));
    model.set({ chat: { messages: [...many, said(61, 'next'), said(62, 'last')], canSend: true } });
    await settled();
    expect(log.scrollTop).to.equal(0);
    within(chat).get('button', 'Newer messages').click();
    await settled();
    expect(atEnd()).to.equal(true);
  });

  it('puts older messages on the page when they are asked for', async () => {
    const many = Array.from({ length: 450 }, (_, n) => said(n + 1, `line ${n}`));
    const { chat } = await opened(modelWith(many));
    const lines = () => within(chat).get('log').querySelectorAll('.line').length;
    expect(lines()).to.equal(200);
    within(chat).get('button', 'Earlier messages').click();
    await settled();
    within(chat).get('button', 'Earlier messages').click();
    await settled();
    expect(lines()).to.equal(450);
    expect(within(chat).maybe('button', 'Earlier messages') === null).to.equal(true);
  });

  it('moves by keys, stays within reach, and is found again where it was left', async () => {
    const memory = new Map<string, string>();
    const store = {
      get: (key: string) => memory.get(key) ?? null,
      set: (key: string, value: string) => void memory.set(key, value),
    };
    const prepare = (chat: NexusChat) => {
      chat.memory = store;
      chat.corner = () => ({ left: 60, top: 48 });
    };
    if (innerWidth <= 520) return;
    const chat = await stage<NexusChat>('nexus-chat', modelWith([]), prepare);
    await chat.open();
    const box = () => within(document).get('region', 'Chat').getBoundingClientRect();
    const { left } = box();
    expect(left).to.equal(72);
    press(within(chat).get('button', 'Move with the arrow keys'), 'ArrowRight');
    expect(box().left).to.equal(left + 16);
    clearStage();
    await stage<NexusChat>('nexus-chat', modelWith([]), prepare);
    await settled();
    expect(box().left).to.equal(left + 16);
  });

  it('who may not send is told', async () => {
    const model = fakeModel({ phase: hosting(), people: [heron], chat: { messages: [], canSend: false } });
    const chat = await stage<NexusChat>('nexus-chat', model, seen);
    await chat.open();
    await settled();
    expect(within(chat).maybe('textbox') === null).to.equal(true);
    expect(seenText(chat)).to.include('You cannot write here right now.');
  });

  it('shows at most so many messages, and own notes where they were made', () => {
    const messages = Array.from({ length: MAX_CHAT_MESSAGES + 5 }, (_, n) => said(n + 1, 'x'));
    expect(chatLines(messages, [])).to.have.length(MAX_CHAT_MESSAGES);
    const note = { id: 1, afterId: 2, text: 'help', tone: 'info' as const };
    expect(
      chatLines([said(2, 'a'), said(5, 'b')], [note, { ...note, id: 2, afterId: 9 }]).map(({ key }) => key),
    ).to.deep.equal(['m2', 'n1', 'm5', 'n2']);
    expect(chatLines([], [note]).map(({ key }) => key)).to.deep.equal(['n1']);
  });
});
