import { expect } from '@esm-bundle/chai';
import { mountAnnouncer } from '../../src/ui/announce.ts';
import type { NexusJoinCard } from '../../src/ui/join-card.ts';
import '../../src/ui/join-card.ts';
import type { JoiningPhase } from '../../src/ui/model.ts';
import { seenText, settled, within } from './by-role.ts';
import { fakeModel, idle } from './fake-model.ts';
import { clearStage, press, stage } from './stage.ts';

const joining = (patch: Partial<JoiningPhase> = {}): JoiningPhase => ({
  kind: 'joining',
  step: 'connecting',
  attempt: 1,
  canRetry: false,
  ...patch,
});

describe('Join card', () => {
  afterEach(clearStage);

  it('shows the true steps: done, now, to come', async () => {
    const element = await stage('nexus-join-card', fakeModel({ phase: joining({ step: 'verifying' }) }));
    const states = within(element)
      .all('listitem')
      .map((item) => item.textContent!.split(',').at(-1)!.trim());
    expect(states).to.deep.equal(['done', 'done', 'now', 'to come', 'to come', 'to come']);
    expect(within(element).get('dialog').getAttribute('aria-modal')).to.equal('true');
  });

  it('shows bytes with a bar where the size is known, and bytes alone where not', async () => {
    const model = fakeModel({ phase: joining({ step: 'workflow', loadedBytes: 412_000, totalBytes: 1_240_000 }) });
    const element = await stage('nexus-join-card', model);
    expect(seenText(element)).to.include('412 kB of 1.2 MB');
    const bar = within(element).get<HTMLProgressElement>('progressbar', 'Getting the workflow');
    expect([bar.value, bar.max]).to.deep.equal([412_000, 1_240_000]);
    model.set({ phase: joining({ step: 'workflow', loadedBytes: 5000 }) });
    await settled();
    expect(seenText(element)).to.include('5 kB so far');
    expect(within(element).maybe('progressbar') === null).to.equal(true);
  });

  it('a failure says what happened, what to try, when it tries again, and offers Try again', async () => {
    const problem = { title: 'The host is away', what: 'Their tab is closed.', next: 'Keep this page open.' };
    const model = fakeModel({ phase: joining({ attempt: 3, retryAtMs: 9000, canRetry: true, problem }) });
    const element = await stage<NexusJoinCard>('nexus-join-card', model, (each) => {
      each.now = () => 4000;
    });
    const text = seenText(element);
    for (const part of [problem.title, problem.what, problem.next, 'Trying again in 5 s · attempt 3', 'stopped here']) {
      expect(text).to.include(part);
    }
    within(element).get('button', 'Try again').click();
    within(element).get('button', 'Stop joining').click();
    expect(model.calls).to.deep.equal([['retryJoin'], ['leaveSession', { keepCopy: false }]]);
  });

  it('while somebody has to say yes it says so, until when, and what is done and to come', async () => {
    const at = new Date(2026, 0, 1, 15, 4).getTime();
    const phase = joining({ step: 'verifying', awaitingApproval: true, awaitingUntilMs: at });
    const element = await stage<NexusJoinCard>('nexus-join-card', fakeModel({ phase }), (each) => {
      each.now = () => at - 600_000;
    });
    expect(within(element).get('heading', 'Waiting for the host to let you in')).to.exist;
    expect(seenText(element)).to.match(/If nobody answers by 0?3:04 PM, you can ask again/);
    const steps = within(element).all('listitem').map(seenText);
    expect(steps[2]).to.include('Verifying who they are').and.to.include('done');
    expect(steps[3]).to.include('Being let in').and.to.include('now');
    expect(steps).to.have.length(7);
    expect(within(element).get('button', 'Stop joining')).to.exist;
  });

  it('takes the focus, and Tab stays inside', async () => {
    const problem = { title: 'a', what: 'b', next: 'c' };
    const element = await stage('nexus-join-card', fakeModel({ phase: joining({ canRetry: true, problem }) }));
    const active = () => element.shadowRoot!.activeElement;
    const card = within(element).get('dialog');
    expect(active() === card).to.equal(true);
    const order: string[] = [];
    for (let turn = 0; turn < 3; turn += 1) {
      press(active()!, 'Tab');
      order.push(active()!.textContent!.trim());
    }
    expect(order).to.deep.equal(['Stop joining', 'Try again', 'Stop joining']);
  });

  it('an end says why, and offers a copy and another try where there is one', async () => {
    const model = fakeModel({
      phase: { kind: 'ended', title: 'Removed', text: 'The host removed you.', canRetry: false, canKeepCopy: true },
    });
    const element = await stage('nexus-join-card', model);
    expect(seenText(element)).to.include('The host removed you.');
    expect(within(element).maybe('button', 'Try again') === null).to.equal(true);
    within(element).get('button', 'Keep a copy').click();
    within(element).get('button', 'Close').click();
    expect(model.calls).to.deep.equal([
      ['leaveSession', { keepCopy: true }],
      ['leaveSession', { keepCopy: false }],
    ]);
  });

  it('announces each step once, and not every byte', async () => {
    const stop = mountAnnouncer(document.body);
    const region = document.body.querySelector('[aria-live]')!;
    const model = fakeModel({ phase: joining() });
    await stage('nexus-join-card', model);
    expect(region.textContent).to.equal('Connecting');
    const line = region.firstChild;
    model.set({ phase: joining({ loadedBytes: 10 }) });
    await settled();
    expect(region.firstChild === line).to.equal(true);
    model.set({ phase: joining({ step: 'verifying' }) });
    await settled();
    expect(region.textContent).to.equal('Verifying who they are');
    stop();
  });

  it('T7: what a host wrote stays text', async () => {
    const text = '<b onclick=alert(1)>x</b>';
    const model = fakeModel({ phase: { kind: 'ended', title: text, text, canRetry: false, canKeepCopy: false } });
    const element = await stage('nexus-join-card', model);
    expect(within(element).get('heading', text)).to.not.equal(null);
    expect(element.renderRoot.querySelector('b') === null).to.equal(true);
  });

  it('lets the page through once joined', async () => {
    const model = fakeModel({ phase: joining() });
    const element = await stage<NexusJoinCard>('nexus-join-card', model);
    model.set({ phase: idle.phase });
    await settled();
    expect(element.leaving).to.equal(true);
    model.set({ phase: joining() });
    await settled();
    expect(element.leaving).to.equal(false);
  });
});
