import { expect } from '@esm-bundle/chai';
import '../../src/ui/join-card.ts';
import '../../src/ui/pairing.ts';
import { seenText, settled, within } from './by-role.ts';
import { fakeModel, hosting } from './fake-model.ts';
import { clearStage, stage } from './stage.ts';

const LINK = 'http://127.0.0.1:8787/#nexus=AgAB';

describe('Other ways to join', () => {
  afterEach(clearStage);

  it('makes a link, takes the answer, and says that they are in', async () => {
    const given: string[] = [];
    const actions = { makePairingLink: async () => LINK, acceptAnswer: async (code: string) => void given.push(code) };
    const element = await stage('nexus-pairing', fakeModel({ phase: hosting() }, actions));
    const panel = within(element);
    panel.get('button', 'Make a link with a code').click();
    await settled();
    await settled();
    expect(panel.get<HTMLInputElement>('textbox', 'Pairing link').value).to.equal(LINK);
    panel.get('button', 'Connect').click();
    await settled();
    expect(seenText(element)).to.include('Paste the code that they see');
    panel.get<HTMLTextAreaElement>('textbox', 'Their answer').value = '  AQID  ';
    panel.get('button', 'Connect').click();
    await settled();
    await settled();
    expect(given).to.deep.equal(['AQID']);
    expect(seenText(element)).to.include('They are in.');
  });

  it('says why an answer is not taken, and lets it be corrected', async () => {
    const acceptAnswer = () => Promise.reject(new Error('This is the answer to another code.'));
    const element = await stage(
      'nexus-pairing',
      fakeModel({ phase: hosting() }, { makePairingLink: async () => LINK, acceptAnswer }),
    );
    const panel = within(element);
    panel.get('button', 'Make a link with a code').click();
    await settled();
    await settled();
    panel.get<HTMLTextAreaElement>('textbox', 'Their answer').value = 'AQID';
    panel.get('button', 'Connect').click();
    await settled();
    await settled();
    expect(seenText(panel.get('alert'))).to.include('another code');
    expect(panel.get<HTMLTextAreaElement>('textbox', 'Their answer').value).to.equal('AQID');
  });

  it('the joining card shows the answer to give back, as text and as a picture', async () => {
    const phase = { kind: 'joining', step: 'finding-host', attempt: 1, canRetry: false, answerCode: '' } as const;
    const model = fakeModel({ phase });
    const element = await stage('nexus-join-card', model);
    const card = within(element);
    expect(seenText(element)).to.include('Looking at your network');
    model.set({ phase: { ...phase, answerCode: 'AQIDBA' } });
    await settled();
    await settled();
    expect(card.get<HTMLInputElement>('textbox', 'Your answer').value).to.equal('AQIDBA');
    card.get('button', 'As a QR code').click();
    await settled();
    expect(card.maybe('img', 'QR code of the code') === null).to.equal(false);
  });
});
