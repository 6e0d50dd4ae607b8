import { expect } from '@esm-bundle/chai';
import { mountAnnouncer } from '../../src/ui/announce.ts';
import { copyField } from '../../src/ui/copy.ts';
import type { NexusInvite } from '../../src/ui/invite.ts';
import '../../src/ui/invite.ts';
import { seenText, settled, within } from './by-role.ts';
import { fakeModel, hosting, invite } from './fake-model.ts';
import { clearStage, stage } from './stage.ts';

describe('Invite link', () => {
  afterEach(clearStage);

  it('is a read-only field, and Copy copies it', async () => {
    const copied: string[] = [];
    const clipboard = {
      writeText: async (text: string) => {
        copied.push(text);
      },
    };
    const element = await stage<NexusInvite>('nexus-invite', fakeModel({ phase: hosting() }), (each) => {
      each.copyMeans = () => ({ clipboard, command: () => false });
    });
    const field = within(element).get<HTMLInputElement>('textbox', 'Invite link');
    expect(field.readOnly).to.equal(true);
    expect(field.value).to.equal(invite.link);
    within(element).get('button', 'Copy').click();
    await settled();
    expect(copied).to.deep.equal([invite.link]);
    expect(within(element).maybe('button', 'Copied') === null).to.equal(false);
  });

  it('on plain http copies with the old command; where that is refused the link is selected and it says so', async () => {
    let allowed = true;
    const element = await stage<NexusInvite>('nexus-invite', fakeModel({ phase: hosting() }), (each) => {
      each.copyMeans = () => ({ command: () => allowed });
    });
    within(element).get('button', 'Copy').click();
    await settled();
    expect(within(element).maybe('button', 'Copied') === null).to.equal(false);
    allowed = false;
    within(element).get('button', 'Copied').click();
    await settled();
    expect(seenText(element)).to.include('The link is selected: press');
    const field = within(element).get<HTMLInputElement>('textbox', 'Invite link');
    expect([field.selectionStart, field.selectionEnd]).to.deep.equal([0, invite.link.length]);
  });

  it('a clipboard that refuses falls back to the command', async () => {
    const field = document.createElement('input');
    document.body.append(field);
    field.value = 'link';
    const clipboard = { writeText: () => Promise.reject(new Error('denied')) };
    expect(await copyField(field, { clipboard, command: () => true })).to.equal('copied');
    expect(await copyField(field, { clipboard, command: () => false })).to.equal('selected');
  });

  it('the page does not hear our copying: the editor would copy nodes instead', async () => {
    const element = await stage<NexusInvite>('nexus-invite', fakeModel({ phase: hosting() }));
    let heard = 0;
    const listener = () => {
      heard += 1;
    };
    document.addEventListener('copy', listener);
    const event = new ClipboardEvent('copy', { bubbles: true, composed: true });
    within(element).get('textbox', 'Invite link').dispatchEvent(event);
    document.removeEventListener('copy', listener);
    expect(heard).to.equal(0);
  });

  it('Can: view or edit, as radios; a refused change goes back to the truth', async () => {
    const model = fakeModel({ phase: hosting() }, { setInviteRole: () => Promise.reject(new Error('No.')) });
    const element = await stage('nexus-invite', model);
    const group = within(within(element).get('radiogroup', 'Can'));
    expect(group.get<HTMLInputElement>('radio', 'view').checked).to.equal(true);
    const failures: unknown[] = [];
    const listener = (event: Event) => failures.push((event as CustomEvent).detail);
    document.addEventListener('nexus-action-failed', listener);
    group.get('radio', 'edit').click();
    await settled();
    document.removeEventListener('nexus-action-failed', listener);
    expect(failures).to.deep.equal(['No.']);
    model.set({});
    await settled();
    expect(group.get<HTMLInputElement>('radio', 'view').checked).to.equal(true);
    expect(group.maybe('radio', 'edit and queue') === null).to.equal(true);
  });

  it('choosing edit and a lifetime asks the model', async () => {
    const model = fakeModel({ phase: hosting() });
    const element = await stage('nexus-invite', model);
    within(element).get('radio', 'edit').click();
    const select = within(element).get<HTMLSelectElement>('combobox', 'Works for');
    expect(select.value).to.equal('1 day');
    select.selectedIndex = 3;
    select.dispatchEvent(new Event('change'));
    expect(model.calls).to.deep.equal([
      ['setInviteRole', 'edit'],
      ['setInviteLifetime', null],
    ]);
  });

  it('says when the copied link has been replaced', async () => {
    const stop = mountAnnouncer(document.body);
    const model = fakeModel({ phase: hosting() });
    const element = await stage<NexusInvite>('nexus-invite', model, (each) => {
      each.copyMeans = () => ({ command: () => true });
    });
    await element.copy();
    model.set({ phase: hosting({ invite: { ...invite, role: 'edit', link: 'http://other/' } }) });
    await settled();
    expect(within(element).maybe('button', 'Copy') === null).to.equal(false);
    expect(document.body.querySelector('[aria-live]')!.textContent).to.equal('The link changed. Copy it again.');
    stop();
  });

  it('QR shows and hides the code of the link', async () => {
    const element = await stage('nexus-invite', fakeModel({ phase: hosting() }));
    const button = within(element).get('button', 'QR');
    expect(button.getAttribute('aria-expanded')).to.equal('false');
    button.click();
    await settled();
    expect(within(element).maybe('img', 'QR code of the invite link') === null).to.equal(false);
    expect(button.getAttribute('aria-expanded')).to.equal('true');
    button.click();
    await settled();
    expect(within(element).maybe('img') === null).to.equal(true);
  });
});
