import { expect } from '@esm-bundle/chai';
import '../../src/ui/backups-panel.ts';
import { fitPicture } from '../../src/ui/graph-picture.ts';
import type { Backup, BackupPreview, MeshActions } from '../../src/ui/model.ts';
import { seenText, settled, within } from './by-role.ts';
import { type FakeModel, fakeModel, hosting } from './fake-model.ts';
import { clearStage, press, stage } from './stage.ts';

const picture = { nodes: [{ x: 0, y: 0, width: 200, height: 100 }] };
const AT = new Date(2026, 3, 7, 14, 2).getTime();

function backup(patch: Partial<Backup> = {}): Backup {
  return {
    id: 'b1',
    atMs: AT,
    author: 'Otter',
    name: 'before lora',
    pinned: true,
    bytes: 12_345,
    nodes: 7,
    links: 1,
    groups: 0,
    since: { added: 2, removed: 1, changed: 3 },
    picture,
    ...patch,
  };
}

const preview: BackupPreview = {
  picture,
  changes: [
    { kind: 'added', nodeId: '4', title: '<i>Gone</i> node' },
    { kind: 'removed', nodeId: '9', title: 'Preview Image' },
    { kind: 'changed', nodeId: '3', title: 'KSampler' },
  ],
};

const NAMES = ['loadBackup', 'pinBackup', 'nameBackup', 'deleteBackup', 'downloadBackup', 'takeBackup'] as const;

function modelWith(
  entries: readonly Backup[],
  rights: { canLoad: boolean; canManage: boolean },
  extra: Partial<MeshActions> = {},
): FakeModel {
  const calls: unknown[][] = [];
  const recorded = Object.fromEntries(
    NAMES.map((name) => [name, (...args: unknown[]) => void calls.push([name, ...args])]),
  );
  const actions = { previewBackup: async () => preview, ...recorded, ...extra };
  const model = fakeModel({ phase: hosting(), backups: { entries, ...rights } }, actions);
  return Object.assign(model, { calls });
}

const ADMIN = { canLoad: true, canManage: true };
const EDITOR = { canLoad: false, canManage: false };

describe('Backups panel', () => {
  afterEach(clearStage);

  it('each entry tells when, its name, whose, how large, and what differs from now', async () => {
    const panel = await stage(
      'nexus-backups-panel',
      modelWith([backup(), backup({ id: 'b2', name: '', since: { added: 0, removed: 0, changed: 0 } })], ADMIN),
    );
    const [first, second] = within(panel).all('listitem');
    expect(seenText(first!)).to.include('“before lora”').and.to.include('pinned · by Otter · 7 nodes · 12 kB');
    expect(seenText(first!)).to.include('2 added, 1 removed, 3 changed since then');
    expect(seenText(second!)).to.include('same as now');
  });

  it('Load shows first what will change; Load for everyone loads', async () => {
    const model = modelWith([backup()], ADMIN);
    const panel = await stage('nexus-backups-panel', model);
    within(within(panel).get('listitem')).get('button', 'Load').click();
    await settled();
    await settled();
    const dialog = within(panel).get('dialog');
    expect(dialog.matches(':modal')).to.equal(true);
    const shown = seenText(panel);
    expect(shown).to.include('+ 1 − 1 ~ 1').and.to.include('<i>Gone</i> node # 4');
    expect(model.calls).to.deep.equal([]);
    within(panel).get('button', 'Load for everyone').click();
    await settled();
    expect(model.calls).to.deep.equal([['loadBackup', 'b1']]);
    await settled();
    expect(within(panel).maybe('dialog') === null).to.equal(true);
  });

  it('Esc leaves the preview and loads nothing', async () => {
    const model = modelWith([backup()], ADMIN);
    const panel = await stage('nexus-backups-panel', model);
    within(panel).get('button', 'Load').click();
    await settled();
    press(document.body, 'Escape');
    await settled();
    expect(within(panel).maybe('dialog') === null).to.equal(true);
    expect(model.calls).to.deep.equal([]);
  });

  it('an editor previews and downloads, and is offered no Load', async () => {
    const model = modelWith([backup()], EDITOR);
    const panel = await stage('nexus-backups-panel', model);
    expect(within(panel).maybe('button', 'Load') === null).to.equal(true);
    within(panel)
      .get('button', /^More for/)
      .click();
    await settled();
    expect(within(panel).all('menuitem').map(seenText)).to.deep.equal(['Preview', 'Download']);
    within(panel).get('menuitem', 'Download').click();
    expect(model.calls).to.deep.equal([['downloadBackup', 'b1']]);
    within(within(panel).get('listitem')).all('button', 'Preview').at(-1)!.click();
    await settled();
    await settled();
    expect(within(panel).maybe('button', 'Load for everyone') === null).to.equal(true);
    within(panel).get('button', 'Download');
  });

  it('an admin pins, names, deletes after being asked, and takes one', async () => {
    const model = modelWith([backup()], ADMIN);
    const panel = await stage('nexus-backups-panel', model);
    const choose = async (item: string) => {
      within(panel)
        .get('button', /^More for/)
        .click();
      await settled();
      within(panel).get('menuitem', item).click();
      await settled();
    };
    await choose('Unpin');
    await choose('Name it');
    const field = within(panel).get<HTMLInputElement>('textbox', 'Name');
    expect(field.value).to.equal('before lora');
    field.value = 'after lora';
    within(panel).get('button', 'Save').click();
    await settled();
    await choose('Delete');
    within(within(panel).get('alertdialog')).get('button', 'Cancel').click();
    await settled();
    await choose('Delete');
    within(within(panel).get('alertdialog')).get('button', 'Delete').click();
    await settled();
    within(panel).get('button', 'Back up now').click();
    await settled();
    within(panel).get<HTMLInputElement>('textbox', /^Name of the backup/).value = 'x';
    within(panel).get('button', 'Save').click();
    await settled();
    expect(model.calls).to.deep.equal([
      ['pinBackup', 'b1', false],
      ['nameBackup', 'b1', 'after lora'],
      ['deleteBackup', 'b1'],
      ['takeBackup', 'x'],
    ]);
  });

  it('trouble with the storage, an empty list and a failed preview are told in words', async () => {
    const rejects = () => Promise.reject(new Error('The host is away. Try again when they are back.'));
    const model = modelWith([], ADMIN, { previewBackup: rejects });
    const panel = await stage('nexus-backups-panel', model);
    expect(seenText(panel)).to.include('No backups yet.');
    model.set({ backups: { entries: [backup()], ...ADMIN, trouble: 'The disk is full. Delete old backups.' } });
    await settled();
    expect(seenText(within(panel).get('alert'))).to.equal('The disk is full. Delete old backups.');
    within(panel).get('button', 'Load').click();
    await settled();
    await settled();
    expect(seenText(panel)).to.include('The host is away.');
  });

  it('a picture fits its frame, and broken numbers draw nothing', () => {
    const fit = fitPicture({ nodes: [{ x: -1000, y: 50, width: 2000, height: 100 }] }, 100, 60)!;
    expect(-1000 * fit.scale + fit.dx).to.be.closeTo(6, 0.01);
    expect(1000 * fit.scale + fit.dx).to.be.closeTo(94, 0.01);
    expect(fitPicture({ nodes: [] }, 100, 60)).to.equal(null);
    expect(fitPicture({ nodes: [{ x: Number.NaN, y: 0, width: 1, height: 1 }] }, 100, 60)).to.equal(null);
  });
});
