import { expect } from '@esm-bundle/chai';
import '../../src/ui/lock-marks.ts';
import type { GuestPhase, LockMarksFrame, LockMarksSource } from '../../src/ui/model.ts';
import { mountViewOnly } from '../../src/ui/view-only.ts';
import { fakeModel, hosting } from './fake-model.ts';
import { clearStage, stage } from './stage.ts';

const view = { x: 50, y: 40, width: 500, height: 400 };

describe('marks of locks', () => {
  let frame: LockMarksFrame | null = null;
  let draw = () => {};
  const source: LockMarksSource = {
    frame: () => frame,
    onDraw: (callback) => {
      draw = callback;
      return () => {
        draw = () => {};
      };
    },
  };

  beforeEach(() => {
    frame = null;
  });
  afterEach(clearStage);

  async function staged(): Promise<(selector: string) => DOMRect[]> {
    const model = Object.assign(fakeModel({ phase: hosting() }), { lockMarks: source });
    const element = await stage('nexus-lock-marks', model);
    const all = (selector: string) => [...element.renderRoot.querySelectorAll(selector)];
    return (selector) => all(selector).map((each) => each.getBoundingClientRect());
  }

  it('a locked thing has a lock in its middle, an open input a frame and an open lock', async () => {
    const boxes = await staged();
    const rect = { x: 100, y: 200, width: 150, height: 20 };
    frame = {
      view,
      scale: 1,
      marks: [
        { state: 'locked', x: 300, y: 100 },
        { state: 'open', x: 250, y: 210, rect },
      ],
    };
    draw();
    const [lock] = boxes('.chip.locked');
    expect([lock!.x + lock!.width / 2, lock!.y + lock!.height / 2]).to.deep.equal([300, 100]);
    const [box] = boxes('.frame');
    expect([box!.x, box!.y, box!.width, box!.height]).to.deep.equal([100, 200, 150, 20]);
    expect(boxes('.chip.open')).to.have.length(1);
  });

  it('follows each frame of the canvas, grows with it, and goes with the lock', async () => {
    const boxes = await staged();
    frame = { view, scale: 0.5, marks: [{ state: 'locked', x: 300, y: 100 }] };
    draw();
    expect(boxes('.chip')[0]!.width).to.equal(9);
    frame = { ...frame, marks: [{ state: 'locked', x: 320, y: 110 }] };
    draw();
    expect(boxes('.chip')[0]!.x).to.be.within(315, 316);
    frame = { ...frame, scale: 0.2 };
    draw();
    expect(boxes('.chip'), 'too small to be told').to.have.length(0);
    frame = null;
    draw();
    expect(boxes('.chip')).to.have.length(0);
  });

  it('what is outside the canvas is not drawn, and nothing can be pressed', async () => {
    const boxes = await staged();
    const outside = [-200, 5000].map((x) => ({ state: 'locked' as const, x, y: 100 }));
    frame = { view, scale: 1, marks: [...outside, { state: 'locked', x: 300, y: 100 }] };
    draw();
    expect(boxes('.chip')).to.have.length(1);
    expect(document.elementFromPoint(300, 100)?.localName).to.not.equal('nexus-lock-marks');
  });
});

describe('the look of the frontend for who may not edit', () => {
  it('is on while a guest has no Editor', () => {
    const guest = (editor: boolean): GuestPhase => ({
      ...{
        kind: 'guest',
        hostName: 'Heron',
        roomName: 'Room',
        connection: 'live',
        workflow: 'shown',
        unconfirmed: 0,
        asked: false,
      },
      rights: { editor, queue: true },
    });
    const model = fakeModel({ phase: guest(false) });
    const isOn = () => document.documentElement.hasAttribute('data-nexus-view-only');
    const stop = mountViewOnly(model);
    expect(isOn()).to.equal(true);
    model.set({ phase: guest(true) });
    expect(isOn()).to.equal(false);
    model.set({ phase: guest(false) });
    stop();
    expect(isOn()).to.equal(false);
  });
});
