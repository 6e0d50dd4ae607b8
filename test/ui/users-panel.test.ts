import { expect } from '@esm-bundle/chai';
import { initials } from '../../src/ui/avatar.ts';
import '../../src/ui/users-panel.ts';
import { seenText, settled, within } from './by-role.ts';
import { fakeModel, hosting, person } from './fake-model.ts';
import { clearStage, stage } from './stage.ts';

const heron = person({ id: 'h', name: 'Heron', role: 'host', editor: true, queue: true, you: true });
const otter = person({ id: 'o', name: 'Otter', route: 'direct', pingMs: 24.4 });

describe('Users panel', () => {
  afterEach(clearStage);

  it('each person is a row with name, role, status, route and ping', async () => {
    const element = await stage('nexus-users-panel', fakeModel({ phase: hosting(), people: [heron, otter] }));
    const panel = within(element);
    expect(panel.all('row')).to.have.length(2);
    expect(seenText(panel.get('row', 'Heron'))).to.equal('HE Heron host you');
    expect(seenText(panel.get('row', 'Otter'))).to.equal('OT Otter viewer online · direct · 24 ms');
  });

  it('an admin switches Editor on and off', async () => {
    const model = fakeModel({ phase: hosting(), people: [heron, otter], grantable: ['editor'] });
    const panel = within(await stage('nexus-users-panel', model));
    const toggle = within(panel.get('row', 'Otter')).get('button', 'Editor');
    expect(toggle.getAttribute('aria-pressed')).to.equal('false');
    toggle.click();
    model.set({ people: [heron, { ...otter, editor: true }] });
    await settled();
    expect(toggle.getAttribute('aria-pressed')).to.equal('true');
    toggle.click();
    expect(model.calls).to.deep.equal([
      ['setGrant', 'o', 'editor', true],
      ['setGrant', 'o', 'editor', false],
    ]);
    expect(within(panel.get('row', 'Heron')).maybe('button') === null).to.equal(true);
  });

  it('shows only toggles that the model can do', async () => {
    const plain = within(await stage('nexus-users-panel', fakeModel({ people: [heron, otter] })));
    expect(plain.all('button')).to.have.length(0);
    clearStage();
    const calls: unknown[] = [];
    const model = fakeModel(
      { people: [heron, otter], grantable: ['editor', 'queue'] },
      {
        setMouseShown: (...args) => void calls.push(args),
        spectate: (id) => void calls.push(id),
      },
    );
    const full = within(within(await stage('nexus-users-panel', model)).get('row', 'Otter'));
    expect(full.all('button').map((each) => each.getAttribute('aria-label'))).to.deep.equal([
      'Mouse',
      'Spectate',
      'Editor',
      'Queue',
    ]);
    full.get('button', 'Mouse').click();
    full.get('button', 'Spectate').click();
    model.set({ spectating: 'o' });
    await settled();
    full.get('button', 'Spectate').click();
    expect(calls).to.deep.equal([['o', false], 'o', null]);
  });

  it('who asks to edit is allowed or declined with one press', async () => {
    const declined: string[] = [];
    const model = fakeModel(
      { phase: hosting(), people: [heron, { ...otter, asks: 'editor' }], grantable: ['editor'] },
      { declineAsk: (id) => void declined.push(id) },
    );
    const row = within(within(await stage('nexus-users-panel', model)).get('row', 'Otter'));
    row.get('button', 'Decline').click();
    row.get('button', 'Allow').click();
    expect(declined).to.deep.equal(['o']);
    expect(model.calls).to.deep.equal([['setGrant', 'o', 'editor', true]]);
  });

  it('a viewer asks to edit, and sees that it was asked', async () => {
    const guest = {
      kind: 'guest' as const,
      workflow: 'shown' as const,
      hostName: 'Heron',
      roomName: 'Room',
      connection: 'live' as const,
      rights: { editor: false, queue: false },
      unconfirmed: 0,
      asked: false,
    };
    const model = fakeModel({
      phase: guest,
      people: [
        { ...heron, you: false },
        { ...otter, you: true },
      ],
    });
    const element = await stage('nexus-users-panel', model);
    within(element).get('button', 'Ask to edit').click();
    expect(model.calls).to.deep.equal([['askToEdit']]);
    model.set({ phase: { ...guest, asked: true } });
    await settled();
    expect(within(element).maybe('button', 'Ask to edit') === null).to.equal(true);
    expect(seenText(element)).to.include('Asked. Heron decides.');
  });

  it('everyone sees who may queue', async () => {
    const people = [heron, { ...otter, queue: true }];
    const element = await stage('nexus-users-panel', fakeModel({ people }));
    expect(seenText(within(element).get('row', 'Otter'))).to.include('may queue');
    expect(seenText(within(element).get('row', 'Heron'))).to.not.include('may queue');
  });

  it('T7: a name with HTML stays text', async () => {
    const name = '<img src=x onerror="window.hacked=1">';
    const element = await stage('nexus-users-panel', fakeModel({ people: [person({ id: 'x', name })] }));
    expect(seenText(within(element).get('row', name))).to.include(name);
    expect(element.renderRoot.querySelector('img') === null).to.equal(true);
  });

  it('initials take whole characters, of any script, and no punctuation', () => {
    expect(initials('Otter')).to.equal('OT');
    expect(initials('blue heron')).to.equal('BH');
    expect(initials('雨の夜')).to.equal('雨の');
    expect(initials('<b>x</b>')).to.equal('BX');
    expect(initials('🦦')).to.equal('🦦');
    expect(initials('  ')).to.equal('?');
  });
});
