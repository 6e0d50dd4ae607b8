import { expect } from '@esm-bundle/chai';
import { smallPicture } from '../../src/app/small-picture.ts';

/** Noise, which gets no smaller by itself. */
async function noise(width: number, height: number, type = 'image/png'): Promise<Uint8Array> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d')!;
  const image = context.createImageData(width, height);
  for (let at = 0; at < image.data.length; at += 65_536) crypto.getRandomValues(image.data.subarray(at, at + 65_536));
  context.putImageData(image, 0, 0);
  return new Uint8Array(await (await canvas.convertToBlob({ type })).arrayBuffer());
}

describe('a preview', () => {
  it('has 512 pixels on its longer side, the proportions of the whole, and says the size of that', async () => {
    const whole = await noise(1024, 256);
    const small = await smallPicture(whole, 'image/png');
    expect([small?.width, small?.height]).to.deep.equal([1024, 256]);
    expect(small!.bytes.length).to.be.lessThan(whole.length / 4);
    const bitmap = await createImageBitmap(new Blob([small!.bytes as Uint8Array<ArrayBuffer>], { type: small!.type }));
    expect([bitmap.width, bitmap.height]).to.deep.equal([512, 128]);
  });

  it('of a small picture is not larger than it', async () => {
    const small = await smallPicture(await noise(8, 4), 'image/png');
    expect([small?.width, small?.height]).to.deep.equal([8, 4]);
  });

  it('is made of pictures alone', async () => {
    expect(await smallPicture(new Uint8Array(9), 'video/webm')).to.equal(null);
    expect(await smallPicture(new TextEncoder().encode('<svg/>'), 'image/svg+xml')).to.equal(null);
  });
});
