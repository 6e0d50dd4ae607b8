import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { previewSvg } from '../../src/app/preview-svg.ts';
import { ShownOutputs } from '../../src/app/shown-outputs.ts';

const picture = (filename: string, type: 'input' | 'output' | 'temp' = 'temp') => ({ filename, subfolder: '', type });

describe('pictures at a guest', () => {
  it('are shown until a later run of the same node puts others in their place', () => {
    const shown = new ShownOutputs();
    shown.saw({ node: '3', display_node: '3', output: { images: [picture('a.png'), picture('b.png')] } });
    assert.ok(shown.isShown(picture('a.png')) && shown.isShown(picture('b.png')));
    shown.saw({ node: '4', display_node: '4', output: { images: [picture('c.png', 'output')] } });
    shown.saw({ node: '3', display_node: '3', output: { images: [picture('d.png')] } });
    assert.deepEqual(
      ['a.png', 'b.png', 'd.png'].map((name) => shown.isShown(picture(name))),
      [false, false, true],
    );
    assert.ok(shown.isShown(picture('c.png', 'output')));
    assert.ok(shown.isShown(picture('upload.png', 'input')), 'no run replaces an input');
  });

  it('whatever an event holds for outputs, nothing breaks', () => {
    const shown = new ShownOutputs();
    for (const output of [null, 'x', { images: 5 }, { images: [null, 1, {}] }, {}]) shown.saw({ node: 1, output });
    assert.equal(shown.isShown(picture('a.png')), false);
  });

  it('come as previews of the whole’s own size; a type from the host gets no further than it may', async () => {
    const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index % 256);
    const svg = await previewSvg(bytes, { type: 'image/webp', width: 1200, height: 800 }).text();
    assert.match(svg, /^<svg [^>]*width="1200" height="800"><image width="1200" height="800"/);
    const data = /base64,([^"]*)"/.exec(svg)?.[1] ?? '';
    assert.deepEqual(Uint8Array.from(Buffer.from(data, 'base64')), bytes);
    const odd = await previewSvg(bytes, { type: 'image/x"><script>', width: 1, height: 1 }).text();
    assert.doesNotMatch(odd, /script/);
  });
});
