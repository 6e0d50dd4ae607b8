import { expect } from '@esm-bundle/chai';
import '../../src/ui/session-panel.ts';
import { setLocale } from '../../src/ui/strings.ts';
import { seenText, settled, within } from './by-role.ts';
import { fakeModel, hosting, invite } from './fake-model.ts';
import { clearStage, press, stage } from './stage.ts';

describe('Session panel', () => {
  afterEach(clearStage);

  it('starts a session, and says so while it starts', async () => {
    const model = fakeModel();
    const panel = within(await stage('nexus-session-panel', model));
    panel.get('button', 'Start session').click();
    expect(model.calls).to.deep.equal([['startSession']]);
    model.set({ phase: { kind: 'starting' } });
    await settled();
    expect(panel.get<HTMLButtonElement>('button', 'Starting…').disabled).to.equal(true);
  });

  it('joins by a pasted link, and asks for one when the field is empty', async () => {
    const model = fakeModel();
    const element = await stage('nexus-session-panel', model);
    const panel = within(element);
    panel.get('button', 'Join').click();
    await settled();
    expect(model.calls).to.deep.equal([]);
    expect(seenText(element)).to.include('Paste the whole invite link first');
    panel.get<HTMLInputElement>('textbox', 'Got an invite link?').value = '  http://x/#r=1  ';
    panel.get('button', 'Join').click();
    expect(model.calls).to.deep.equal([['join', 'http://x/#r=1']]);
  });

  it('lists the links that work; Revoke names which and revokes it', async () => {
    const second = { ...invite, id: 'i2', role: 'edit' as const, timesUsed: 3 };
    const model = fakeModel({ phase: hosting({ invites: [invite, second] }) });
    const panel = within(await stage('nexus-session-panel', model));
    expect(panel.all('listitem')).to.have.length(2);
    panel.get('button', 'Revoke the link that lets people edit, until revoked').click();
    panel.get('button', 'New link').click();
    expect(model.calls).to.deep.equal([['revokeInvite', 'i2'], ['newInvite']]);
  });

  it('ends a session only after asking; Esc is no, and the focus returns', async () => {
    const model = fakeModel({ phase: hosting() });
    const panel = within(await stage('nexus-session-panel', model));
    panel.get('button', 'End session').click();
    await settled();
    expect(panel.maybe('alertdialog', 'End the session for everyone?') === null).to.equal(false);
    press(document.body, 'Escape');
    await settled();
    expect(panel.maybe('alertdialog') === null).to.equal(true);
    const exit = panel.get('button', 'End session');
    expect((exit.getRootNode() as ShadowRoot).activeElement === exit).to.equal(true);
    exit.click();
    await settled();
    within(panel.get('alertdialog')).get('button', 'End session').click();
    expect(model.calls).to.deep.equal([['endSession']]);
  });

  it('a guest leaves with or without a copy', async () => {
    const model = fakeModel({
      phase: {
        kind: 'guest',
        workflow: 'shown',
        hostName: 'Heron',
        roomName: 'Room',
        connection: 'live',
        rights: { editor: true, queue: false },
        unconfirmed: 0,
        asked: false,
      },
    });
    const panel = within(await stage('nexus-session-panel', model));
    panel.get('button', 'Leave session').click();
    await settled();
    panel.get('checkbox', 'Keep a copy of the workflow').click();
    within(panel.get('alertdialog')).get('button', 'Leave session').click();
    expect(model.calls).to.deep.equal([['leaveSession', { keepCopy: false }]]);
  });

  it('renames me, refuses an empty name, and gives the focus back to the pencil', async () => {
    const model = fakeModel();
    const element = await stage('nexus-session-panel', model);
    const panel = within(element);
    panel.get('button', 'Change your name').click();
    await settled();
    const field = panel.get<HTMLInputElement>('textbox', 'Your name');
    field.value = '   ';
    panel.get('button', 'Save').click();
    await settled();
    expect(seenText(element)).to.include('at least one visible character');
    field.value = ' Otter ';
    panel.get('button', 'Save').click();
    await settled();
    expect(model.calls).to.deep.equal([['rename', 'Otter']]);
    const pencil = panel.get('button', 'Change your name');
    expect((pencil.getRootNode() as ShadowRoot).activeElement === pencil).to.equal(true);
  });

  it('Esc leaves the name as it was', async () => {
    const model = fakeModel();
    const panel = within(await stage('nexus-session-panel', model));
    panel.get('button', 'Change your name').click();
    await settled();
    panel.get<HTMLInputElement>('textbox', 'Your name').value = 'Wrong';
    press(panel.get('textbox', 'Your name'), 'Escape');
    await settled();
    expect(panel.maybe('textbox', 'Your name') === null).to.equal(true);
    expect(model.calls).to.deep.equal([]);
  });

  it('changes its language at once', async () => {
    const panel = within(await stage('nexus-session-panel', fakeModel()));
    setLocale('zh');
    await settled();
    const translated = panel.maybe('button', '开始会话') !== null;
    setLocale('en');
    await settled();
    expect(translated).to.equal(true);
    expect(panel.maybe('button', 'Start session') === null).to.equal(false);
  });

  it('keys typed into its fields are no shortcuts of the editor', async () => {
    const model = fakeModel();
    const panel = within(await stage('nexus-session-panel', model));
    const heard: string[] = [];
    const listener = (event: KeyboardEvent) => heard.push(event.key);
    window.addEventListener('keydown', listener);
    press(panel.get('textbox'), 't');
    press(panel.get('button', 'Join'), 'q');
    window.removeEventListener('keydown', listener);
    expect(heard).to.deep.equal(['q']);
  });

  it('tells where the room is saved and whether new people can find it', async () => {
    const model = fakeModel({ phase: hosting({ saved: 'memory-only', signaling: 'offline' }) });
    const element = await stage('nexus-session-panel', model);
    expect(seenText(element)).to.include('Not saved: in memory only').and.to.include('New people cannot find you');
  });
});
