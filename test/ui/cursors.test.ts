import { expect } from '@esm-bundle/chai';
import type { NexusCursors } from '../../src/ui/cursors.ts';
import '../../src/ui/cursors.ts';
import type { PresenceFrame, PresenceMark, PresenceSource } from '../../src/ui/model.ts';
import { seenText } from './by-role.ts';
import { fakeModel, hosting } from './fake-model.ts';
import { clearStage, stage } from './stage.ts';

const view = { x: 50, y: 40, width: 500, height: 400 };
const cursor = (key: string, x: number, y: number): PresenceMark => ({
  kind: 'cursor',
  key,
  name: 'Otter',
  color: 1,
  x,
  y,
});

/** Asked frames are counted; frames of the page are run by hand, as a tab in the background gets none. */
describe('cursors of others', () => {
  let waiting: FrameRequestCallback[] = [];
  const realRequest = window.requestAnimationFrame;
  let asked = 0;
  let next: PresenceFrame = { view, marks: [], moving: false };
  let wake = () => {};

  const source: PresenceSource = {
    frame: () => {
      asked += 1;
      return next;
    },
    onWake: (callback) => {
      wake = callback;
      return () => {
        wake = () => {};
      };
    },
  };

  function runFrame(): void {
    for (const callback of waiting.splice(0)) callback(0);
  }

  async function staged(): Promise<NexusCursors> {
    const model = Object.assign(fakeModel({ phase: hosting() }), { presence: source });
    return stage<NexusCursors>('nexus-cursors', model, (element) => {
      element.isPageHidden = () => false;
    });
  }

  beforeEach(() => {
    waiting = [];
    asked = 0;
    next = { view, marks: [], moving: false };
    window.requestAnimationFrame = (callback) => waiting.push(callback);
  });

  afterEach(() => {
    window.requestAnimationFrame = realRequest;
    clearStage();
  });

  it('asks for frames while something moves, and for none after', async () => {
    await staged();
    next = { view, marks: [cursor('a', 100, 100)], moving: true };
    runFrame();
    runFrame();
    expect(asked).to.equal(2);
    next = { ...next, moving: false };
    runFrame();
    expect(waiting).to.have.length(0);
    wake();
    wake();
    expect(waiting).to.have.length(1);
    runFrame();
    expect(asked).to.equal(4);
  });

  it('one element per mark, kept while it moves, gone with it', async () => {
    const element = await staged();
    next = { view, marks: [cursor('a', 150, 140), cursor('b', 160, 140)], moving: false };
    wake();
    runFrame();
    const marks = () => [...element.renderRoot.querySelectorAll<HTMLElement>('.mark')];
    const [first] = marks();
    expect(first!.style.transform).to.equal('translate(100px, 100px)');
    next = { view, marks: [cursor('a', 170.5, 140)], moving: false };
    wake();
    runFrame();
    expect(marks()).to.have.length(1);
    expect(marks()[0] === first).to.equal(true);
    expect(first!.style.transform).to.equal('translate(120.5px, 100px)');
  });

  it('one outside the view becomes an arrow at the edge', async () => {
    const element = await staged();
    next = { view, marks: [cursor('a', 9000, 240)], moving: false };
    wake();
    runFrame();
    const mark = element.renderRoot.querySelector<HTMLElement>('.mark')!;
    expect(mark.classList.contains('at-edge')).to.equal(true);
    expect(mark.style.transform).to.equal('translate(482px, 200px)');
  });

  it('T7: a name is text, and nothing can be pressed or is read out', async () => {
    const element = await staged();
    const name = '<img src=x>';
    const rect = { x: 60, y: 60, width: 100, height: 50 };
    const caret = { x: 80, y: 70, height: 14 };
    next = { view, marks: [{ kind: 'editing', key: 'e', name, color: 3, rect, caret, strength: 0.5 }], moving: false };
    wake();
    runFrame();
    const layer = element.renderRoot.querySelector<HTMLElement>('.layer')!;
    expect(seenText(layer)).to.equal(`${name} ${name}`);
    expect(layer.getAttribute('aria-hidden')).to.equal('true');
    expect(getComputedStyle(layer).pointerEvents).to.equal('none');
    const mark = layer.querySelector<HTMLElement>('.mark')!;
    expect([mark.style.width, mark.style.opacity]).to.deep.equal(['100px', '0.5']);
    expect(layer.querySelector<HTMLElement>('.caret')!.style.transform).to.equal('translate(20px, 10px)');
  });

  it('stops listening when it is gone', async () => {
    const element = await staged();
    runFrame();
    element.remove();
    const before = asked;
    wake();
    runFrame();
    expect(asked).to.equal(before);
  });
});
