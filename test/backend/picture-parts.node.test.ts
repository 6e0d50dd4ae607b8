import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { maskedPicture, pictureChannel } from '../../src/backend/picture-parts.ts';
import { decodePng, encodePng } from '../../src/backend/png.ts';
import { bodyOf, request, testBackend } from './support.ts';

/** Two pixels. */
async function png(channels: 3 | 4, data: number[]): Promise<Blob> {
  const bytes = await encodePng({ width: 2, height: 1, channels, data: Uint8Array.from(data) });
  return new Blob([bytes as Uint8Array<ArrayBuffer>], { type: 'image/png' });
}

async function pixels(picture: Blob): Promise<number[]> {
  const decoded = await decodePng(new Uint8Array(await picture.arrayBuffer()));
  assert.ok(decoded);
  return [...decoded.data];
}

const COLORS = await png(4, [1, 2, 3, 0, 4, 5, 6, 128]);
const OPAQUE = await png(3, [1, 2, 3, 4, 5, 6]);
const MASK = await png(4, [9, 9, 9, 10, 9, 9, 9, 255]);

describe('parts of a picture, as the mask editor asks for them', () => {
  it('its colours keep what is under transparent pixels', async () => {
    assert.deepEqual(await pixels(await pictureChannel(COLORS, 'rgb')), [1, 2, 3, 4, 5, 6]);
    assert.equal(await pictureChannel(OPAQUE, 'rgb'), OPAQUE);
  });

  it('its alpha is that of black; a picture without one is opaque', async () => {
    assert.deepEqual(await pixels(await pictureChannel(COLORS, 'a')), [0, 0, 0, 0, 0, 0, 0, 128]);
    assert.deepEqual(await pixels(await pictureChannel(OPAQUE, 'a')), [0, 0, 0, 255, 0, 0, 0, 255]);
  });

  it('any other channel is the picture itself', async () => {
    assert.equal(await pictureChannel(COLORS, 'rgba'), COLORS);
  });
});

describe('a mask', () => {
  const ref = JSON.stringify({ filename: 'a.png', type: 'input' });

  it('becomes the alpha of the picture that it names', async () => {
    const asked: unknown[] = [];
    const made = await maskedPicture(MASK, ref, async (picture) => {
      asked.push(picture);
      return COLORS;
    });
    assert.deepEqual(asked, [{ filename: 'a.png', subfolder: '', type: 'input' }]);
    assert.deepEqual(await pixels(made), [1, 2, 3, 10, 4, 5, 6, 255]);
  });

  it('of another size, or for a picture that is not there, is refused with words', async () => {
    const tall = await encodePng({ width: 1, height: 2, channels: 3, data: new Uint8Array(6) });
    const other = new Blob([tall as Uint8Array<ArrayBuffer>], { type: 'image/png' });
    await assert.rejects(
      maskedPicture(MASK, ref, async () => other),
      /2 × 1 pixels, its picture 1 × 2/,
    );
    await assert.rejects(
      maskedPicture(MASK, ref, async () => null),
      /not there/,
    );
    await assert.rejects(
      maskedPicture(MASK, null, async () => COLORS),
      /does not say/,
    );
  });

  it('is stored by the portal’s own backend, which gives channels too', async () => {
    const { provider } = testBackend();
    const form = new FormData();
    form.set('image', new File([COLORS], 'a.png'));
    await provider.handle(request('POST', 'upload/image', form));
    const mask = new FormData();
    mask.set('image', new File([MASK], 'masked.png'));
    mask.set('original_ref', ref);
    const answer = await provider.handle(request('POST', 'upload/mask', mask));
    assert.deepEqual(await bodyOf(answer), { name: 'masked.png', subfolder: '', type: 'input' });
    const { body } = await provider.handle(request('GET', 'view?filename=masked.png&type=input&channel=a'));
    assert.ok(body instanceof Blob);
    assert.deepEqual(await pixels(body), [0, 0, 0, 10, 0, 0, 0, 255]);
  });
});
