import { expect } from '@esm-bundle/chai';
import { installPageShim, type PageShim } from '../../src/backend/page-shim.ts';
import type { BackendRequest, Provider, WholePicture } from '../../src/backend/provider.ts';

const picture = async (side: number): Promise<Blob> => {
  const canvas = new OffscreenCanvas(side, side);
  canvas.getContext('2d')?.fillRect(0, 0, side, side);
  return canvas.convertToBlob();
};

const base = (): string => new URL('.', location.href).href;

/** Resolves when the condition holds; the test's own timeout bounds it. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('previews in the page', () => {
  let shim: PageShim;
  let asked: BackendRequest[];
  let wholes: string[];
  const unwanted = new Set<string>();
  let element: HTMLImageElement;

  beforeEach(async () => {
    asked = [];
    wholes = [];
    unwanted.clear();
    const [small, large] = [await picture(4), await picture(8)];
    const wholeOf = (name: string): WholePicture => ({
      bytes: 1000,
      isWanted: () => !unwanted.has(name),
      get: async () => {
        wholes.push(name);
        return large;
      },
      shown: () => {},
    });
    const provider: Provider = {
      kind: 'remote',
      async handle(request) {
        asked.push(request);
        const name = request.query.get('filename') ?? '';
        return request.isShown ? { status: 200, body: small, whole: wholeOf(name) } : { status: 200, body: large };
      },
      open: () => {},
      close: () => {},
    };
    shim = installPageShim(window, Promise.resolve(provider));
    element = new Image();
  });
  afterEach(() => {
    shim.uninstall();
    element.remove();
  });

  it('a picture drawn by the canvas is a preview, and itself when the link is quiet; its address stays', async () => {
    element.src = 'api/view?filename=a.png&preview=webp';
    await until(() => element.naturalWidth === 4);
    expect(asked[0]?.isShown).to.equal(true);
    await until(() => element.naturalWidth === 8);
    expect(element.src).to.equal(`${base()}api/view?filename=a.png&preview=webp`);
  }).timeout(10_000);

  /** Shown before the others, it becomes whole after them: the newest come first. */
  function older(): HTMLImageElement {
    const image = new Image();
    image.src = 'api/view?filename=older.png&preview=webp';
    return image;
  }

  it('an element that is small on the screen stays a preview; grown, it becomes the picture itself', async () => {
    const before = older();
    document.body.append(element);
    element.style.width = '40px';
    element.src = 'api/view?filename=a.png';
    await until(() => element.naturalWidth === 4);
    await until(() => before.naturalWidth === 8);
    expect(wholes).to.deep.equal(['older.png']);
    element.style.width = '2000px';
    await until(() => element.naturalWidth === 8);
  }).timeout(10_000);

  it('what no node shows any more is not fetched', async () => {
    const before = older();
    await until(() => before.naturalWidth === 4);
    element.src = 'api/view?filename=a.png&preview=webp';
    await until(() => element.naturalWidth === 4);
    unwanted.add('a.png');
    await until(() => before.naturalWidth === 8);
    expect(wholes).to.deep.equal(['older.png']);
  }).timeout(10_000);

  it('code gets the picture itself: fetched, in an image of its own, by channel, or as a layer of a mask', async () => {
    await fetch('api/view?filename=a.png&preview=webp');
    for (const query of [
      'filename=a.png',
      'filename=a.png&preview=webp&channel=rgb',
      'filename=clipspace-paint-1.png&preview=webp',
    ]) {
      const own = new Image();
      own.src = `api/view?${query}`;
      await until(() => own.naturalWidth === 8);
    }
    expect(asked.map(({ isShown }) => isShown === true)).to.deep.equal([false, false, false, false]);
  });
});
