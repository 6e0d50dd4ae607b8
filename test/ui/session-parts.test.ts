import { expect } from '@esm-bundle/chai';
import type { NexusKeys } from '../../src/ui/keys.ts';
import '../../src/ui/keys.ts';
import type { MeshActions, MeshState } from '../../src/ui/model.ts';
import '../../src/ui/session-panel.ts';
import type { NexusSnack } from '../../src/ui/snack.ts';
import '../../src/ui/snack.ts';
import '../../src/ui/users-panel.ts';
import { seenText, settled, within } from './by-role.ts';
import { type FakeModel, fakeModel, hosting, invite, person } from './fake-model.ts';
import { clearStage, press, stage } from './stage.ts';

const OPTIONAL = [
  'openRoom',
  'renameRoom',
  'exportRoom',
  'deleteRoom',
  'setAccount',
  'removeAccount',
  'logout',
  'cancelRun',
  'setLock',
  'setAdmin',
  'kick',
  'ban',
  'unban',
  'admit',
  'turnAway',
  'askToQueue',
  'setColor',
  'setInviteApproval',
  'setInviteMaxUses',
  'showInvite',
] as const satisfies readonly (keyof MeshActions)[];

/** With every action there is; what is called is recorded. */
function fullModel(state: Partial<MeshState>): FakeModel {
  const calls: unknown[][] = [];
  const actions = Object.fromEntries(
    OPTIONAL.map((name) => [name, (...args: unknown[]) => void calls.push([name, ...args])]),
  );
  return Object.assign(fakeModel(state, actions), { calls });
}

async function chooseFrom(root: Element, menu: string | RegExp, item: string): Promise<void> {
  within(root).get('button', menu).click();
  await settled();
  within(root).get('menuitem', item).click();
  await settled();
}

function change(select: HTMLSelectElement, index: number): void {
  select.selectedIndex = index;
  select.dispatchEvent(new Event('change'));
}

describe('rooms', () => {
  afterEach(clearStage);
  const rooms = [
    { id: 'r1', name: 'Portrait', lastUsedAtMs: 0, bytes: 812_345, open: 'no' as const },
    { id: 'r2', name: 'Other', lastUsedAtMs: 0, bytes: 12, open: 'elsewhere' as const },
  ];

  it('are listed with last use and size; resumed, renamed, exported, and deleted after being asked', async () => {
    const model = fullModel({ rooms });
    const panel = await stage('nexus-session-panel', model);
    const row = within(panel).get('listitem', 'Portrait');
    expect(seenText(row)).to.include('812 kB').and.to.include('last used');
    within(row).get('button', 'Resume Portrait').click();
    await chooseFrom(row, 'More for Portrait', 'Export');
    await chooseFrom(row, 'More for Portrait', 'Rename');
    within(row).get<HTMLInputElement>('textbox', 'Name of the room').value = 'Portraits';
    within(row).get('button', 'Save').click();
    await settled();
    await chooseFrom(row, 'More for Portrait', 'Delete');
    expect(seenText(within(row).get('alertdialog', 'Delete Portrait?'))).to.include('gone for good');
    within(row).get('button', 'Delete').click();
    expect(model.calls).to.deep.equal([
      ['openRoom', 'r1'],
      ['exportRoom', 'r1'],
      ['renameRoom', 'r1', 'Portraits'],
      ['deleteRoom', 'r1'],
    ]);
  });

  it('while one is hosted here, the others cannot be resumed in this tab', async () => {
    const panel = await stage('nexus-session-panel', fullModel({ phase: hosting(), rooms }));
    expect(seenText(within(panel).get('list', 'Rooms'))).to.include('Portrait');
    expect(within(panel).maybe('button', /^Resume/) === null).to.equal(true);
  });

  it('one that is open in another tab is neither resumed nor deleted here', async () => {
    const panel = await stage('nexus-session-panel', fullModel({ rooms }));
    const row = within(panel).get('listitem', 'Other');
    expect(seenText(row)).to.include('open in another tab');
    expect(within(row).maybe('button', /Resume/) === null).to.equal(true);
    within(row).get('button', 'More for Other').click();
    await settled();
    expect(within(row).all('menuitem').map(seenText)).to.deep.equal(['Rename', 'Export']);
  });
});

describe('admin accounts', () => {
  afterEach(clearStage);

  it('are added with a name and a password that fit, else told why not', async () => {
    const model = fullModel({ phase: hosting(), accounts: [] });
    const panel = await stage('nexus-session-panel', model);
    const field = (name: string) => {
      const found = [...within(panel).all('textbox'), ...passwords()].find(
        (each) => each.getAttribute('aria-label') === name,
      );
      return found as HTMLInputElement;
    };
    const passwords = () => [
      ...panel.renderRoot.querySelector('nexus-accounts')!.shadowRoot!.querySelectorAll<HTMLElement>('[type=password]'),
    ];
    const add = async (name: string, password: string) => {
      field('Account').value = name;
      field('Password').value = password;
      within(panel).get('button', 'Add').click();
      await settled();
      return within(panel).all('alert').map(seenText).join('');
    };
    expect(await add('anna', 'short')).to.equal('A password has at least 8 characters.');
    expect(await add('an na', 'longenough')).to.equal('An account name has no spaces.');
    expect(model.calls).to.deep.equal([]);
    expect(await add('anna', 'longenough')).to.equal('');
    expect(model.calls).to.deep.equal([['setAccount', 'anna', 'longenough']]);
    expect(field('Password').value).to.equal('');
  });

  it('are changed and removed', async () => {
    const model = fullModel({ phase: hosting(), accounts: [{ name: 'anna', signedIn: 2 }] });
    const panel = await stage('nexus-session-panel', model);
    const row = within(panel).get('listitem', 'anna');
    expect(seenText(row)).to.include('2 signed in');
    within(row).get('button', 'Change the password of anna').click();
    await settled();
    const form = row.querySelector('nexus-name-form')!.shadowRoot!;
    form.querySelector('input')!.value = 'another1';
    within(row).get('button', 'Save').click();
    await settled();
    within(row).get('button', 'Remove the account anna').click();
    await settled();
    within(within(row).get('alertdialog')).get('button', 'Remove').click();
    expect(model.calls).to.deep.equal([
      ['setAccount', 'anna', 'another1'],
      ['removeAccount', 'anna'],
    ]);
  });
});

describe('queue and locks', () => {
  afterEach(clearStage);

  it('says whose prompt runs and who is next; cancels where one may', async () => {
    const queue = [
      {
        id: 'q1',
        personId: 'o',
        name: 'Otter',
        color: 1,
        state: 'running' as const,
        nodeTitle: 'KSampler',
        progress: { done: 7, total: 20 },
        canCancel: true,
      },
      { id: 'q2', personId: 'l', name: 'Lynx', color: 2, state: 'waiting' as const, position: 1, canCancel: false },
    ];
    const model = fullModel({ phase: hosting(), queue });
    const panel = await stage('nexus-session-panel', model);
    const list = within(panel).get('list', 'Queue');
    const [running, waiting] = within(list).all('listitem');
    expect(seenText(running!)).to.include('Otter · running KSampler');
    expect(seenText(waiting!)).to.include('Lynx · next');
    const bar = within(list).get<HTMLProgressElement>('progressbar', 'Progress of the prompt of Otter');
    expect([bar.value, bar.max]).to.deep.equal([7, 20]);
    expect(within(list).all('button')).to.have.length(1);
    within(list).get('button', 'Cancel the prompt of Otter').click();
    expect(model.calls).to.deep.equal([['cancelRun', 'q1']]);
  });

  it('locks the selected node or an input, opens an input to runners, takes a lock off', async () => {
    const locks = {
      canManage: true,
      entries: [{ nodeId: '3', title: 'KSampler', state: 'locked' as const }],
      selected: {
        nodeId: '12',
        title: 'CLIP Text Encode',
        inputs: [
          { name: 'clip', canOpen: false },
          { name: 'text', canOpen: true },
        ],
      },
    };
    const model = fullModel({ phase: hosting(), locks });
    const panel = await stage('nexus-session-panel', model);
    const group = within(within(panel).get('group', 'Selected: CLIP Text Encode'));
    const [whole, clip, text] = group.all('combobox') as HTMLSelectElement[];
    expect([whole, clip, text].map((choice) => choice!.options.length)).to.deep.equal([2, 2, 3]);
    change(whole!, 1);
    change(text!, 2);
    change(text!, 0);
    within(panel).get('button', 'Take the lock off #3 KSampler').click();
    expect(model.calls).to.deep.equal([
      ['setLock', { nodeId: '12' }, 'locked'],
      ['setLock', { nodeId: '12', input: 'text' }, 'open'],
      ['setLock', { nodeId: '12', input: 'text' }, null],
      ['setLock', { nodeId: '3' }, null],
    ]);
  });

  it('who may not manage sees the locks only, and nothing where there are none', async () => {
    const entries = [{ nodeId: '3', title: 'KSampler', input: 'seed', state: 'open' as const }];
    const model = fullModel({ phase: hosting(), locks: { canManage: false, entries, selected: null } });
    const panel = await stage('nexus-session-panel', model);
    expect(seenText(panel)).to.include('#3 KSampler · seed');
    expect(within(panel).maybe('button', /Take the lock off/) === null).to.equal(true);
    model.set({ locks: { canManage: false, entries: [], selected: null } });
    await settled();
    expect(seenText(panel)).to.not.include('Locks');
  });
});

describe('invites, own colour', () => {
  afterEach(clearStage);

  it('a link can ask before somebody joins, and be limited in uses', async () => {
    const limited = { ...invite, approval: true, maxUses: 5, timesUsed: 2 };
    const model = fullModel({ phase: hosting({ invite: limited, invites: [limited] }) });
    const panel = await stage('nexus-session-panel', model);
    const box = within(panel).get<HTMLInputElement>('checkbox', 'Ask me before somebody joins');
    expect(box.checked).to.equal(true);
    expect(seenText(panel)).to.include('can ask to join').and.to.include('used 2 of 5');
    box.click();
    change(within(panel).get<HTMLSelectElement>('combobox', /^Uses/), 1);
    expect(model.calls).to.deep.equal([
      ['setInviteApproval', false],
      ['setInviteMaxUses', 1],
    ]);
  });

  it('an admin who is a guest has the links, who waits, and the accounts; other guests have none of it', async () => {
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
    const old = { ...invite, id: 'i2', timesUsed: 3 };
    const { invites: _, ...inviting } = hosting();
    const model = fullModel({
      phase: { ...guest, inviting: { ...inviting, invites: [invite, old] } },
      accounts: [{ name: 'anna', signedIn: 1 }],
      account: 'anna',
      arrivals: [{ id: 'b', name: 'Badger', color: 4, role: 'edit', atMs: 0 }],
    });
    const panel = await stage('nexus-session-panel', model);
    expect(within(panel).get<HTMLInputElement>('textbox', 'Invite link').value).to.equal(invite.link);
    expect(seenText(panel)).to.include('Signed in as anna').and.to.include('admin').and.to.include('used 3×');
    within(panel)
      .get('button', /^Show the link that lets people view/)
      .click();
    within(panel).get('button', 'Admit').click();
    within(panel).get('button', 'Sign out').click();
    expect(model.calls).to.deep.equal([['showInvite', 'i2'], ['admit', 'b'], ['logout']]);
    model.set({ phase: { ...guest, inviting: null } });
    await settled();
    expect(within(panel).maybe('textbox', 'Invite link') === null).to.equal(true);
    expect(within(panel).get('button', 'New link')).to.exist;
    model.set({ phase: guest, accounts: undefined, account: null, arrivals: [] });
    await settled();
    for (const name of ['New link', 'Sign out', 'Add', 'Admit'])
      expect(within(panel).maybe('button', name) === null, name).to.equal(true);
  });

  it('own colour is one of twelve, each with a name', async () => {
    const model = fullModel({});
    const panel = await stage('nexus-own-name', model);
    within(panel).get('button', 'Change your name').click();
    await settled();
    const colors = within(within(panel).get('radiogroup', 'Your colour'));
    expect(colors.all('radio')).to.have.length(12);
    expect(colors.get<HTMLInputElement>('radio', 'Sky').checked).to.equal(true);
    colors.get('radio', 'Pink').click();
    expect(model.calls).to.deep.equal([['setColor', 4]]);
  });
});

describe('people', () => {
  afterEach(clearStage);
  const heron = person({ id: 'h', name: 'Heron', role: 'host', you: true });
  const otter = person({ id: 'o', name: 'Otter', may: ['admin', 'kick', 'ban'] });

  it('an admin is made at once; kick and ban ask first, in the row', async () => {
    const model = fullModel({ phase: hosting(), people: [heron, otter] });
    const panel = await stage('nexus-users-panel', model);
    const row = within(panel).get('row', 'Otter');
    await chooseFrom(row, 'More for Otter', 'Make admin');
    await chooseFrom(row, 'More for Otter', 'Remove from session');
    press(document.body, 'Escape');
    await settled();
    expect(within(row).maybe('alertdialog') === null).to.equal(true);
    await chooseFrom(row, 'More for Otter', 'Ban');
    within(within(row).get('alertdialog')).get('button', 'Ban').click();
    expect(model.calls).to.deep.equal([
      ['setAdmin', 'o', true],
      ['ban', 'o'],
    ]);
    expect(within(within(panel).get('row', 'Heron')).maybe('button') === null).to.equal(true);
  });

  it('who asks to join is admitted or declined; who is banned is allowed again', async () => {
    const model = fullModel({
      phase: hosting(),
      people: [heron],
      arrivals: [{ id: 'b', name: 'Badger', color: 4, role: 'edit', atMs: 0 }],
      bans: [{ id: 'z', name: 'Weasel', atMs: 0 }],
    });
    const panel = await stage('nexus-users-panel', model);
    expect(seenText(within(panel).get('list', 'Asking to join'))).to.include('Badger asks to join (edit)');
    within(panel).get('button', 'Turn away').click();
    within(panel).get('button', 'Admit').click();
    within(panel).get('button', 'Allow Weasel again').click();
    expect(model.calls).to.deep.equal([
      ['turnAway', 'b'],
      ['admit', 'b'],
      ['unban', 'z'],
    ]);
  });

  it('says what somebody edits, and who follows whom', async () => {
    const people = [
      { ...heron, editing: '#3 KSampler' },
      { ...otter, following: 'h' },
    ];
    const panel = await stage('nexus-users-panel', fullModel({ phase: hosting(), people }));
    expect(seenText(within(panel).get('row', 'Heron'))).to.include('editing #3 KSampler · 1 follows you');
    expect(seenText(within(panel).get('row', 'Otter'))).to.include('follows you');
  });

  it('the arrow keys walk the menu, Esc closes it and the focus returns', async () => {
    const panel = await stage('nexus-users-panel', fullModel({ phase: hosting(), people: [heron, otter] }));
    const button = within(panel).get('button', 'More for Otter');
    button.focus();
    button.click();
    await settled();
    const active = () => (button.getRootNode() as ShadowRoot).activeElement!;
    expect(seenText(active())).to.equal('Make admin');
    press(active(), 'ArrowDown');
    expect(seenText(active())).to.equal('Remove from session');
    press(active(), 'ArrowUp');
    press(active(), 'ArrowUp');
    expect(seenText(active())).to.equal('Ban');
    press(active(), 'Escape');
    await settled();
    expect(active() === button).to.equal(true);
  });
});

describe('keys and snack', () => {
  afterEach(clearStage);

  it('? lists the keys in a dialog, and again closes it', async () => {
    const keys = await stage<NexusKeys>('nexus-keys', fakeModel());
    keys.toggle();
    await settled();
    const dialog = within(keys).get('dialog');
    expect(dialog.matches(':modal')).to.equal(true);
    expect(seenText(keys))
      .to.match(/(Alt|⌥) P/)
      .and.to.include('Open chat and type');
    let heard = 0;
    const listener = () => {
      heard += 1;
    };
    window.addEventListener('keydown', listener);
    press(within(keys).get('button', 'Close'), 't');
    window.removeEventListener('keydown', listener);
    expect(heard).to.equal(0);
    keys.toggle();
    await settled();
    expect(within(keys).maybe('dialog') === null).to.equal(true);
  });

  it('a notice with an action offers it, and goes when it is done', async () => {
    const done: string[] = [];
    const snack = await stage<NexusSnack>('nexus-snack', fakeModel());
    const action = { label: 'Undo', run: () => void done.push('undone') };
    snack.show({ id: 1, severity: 'info', summary: 'Otter loaded the backup of 14:01', action });
    await settled();
    within(snack).get('button', 'Undo').click();
    await settled();
    expect(done).to.deep.equal(['undone']);
    expect(seenText(snack)).to.equal('');
  });
});
