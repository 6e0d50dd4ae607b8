import { expect } from '@esm-bundle/chai';
import { CaretMeter } from '../../src/comfy/caret-meter.ts';

const PROMPT = [
  'A castle by the sea, at dusk, painted in thin oil with wide strokes, seen from far above the water',
  '',
  'Möwen 🙂 über dem Turm, 夕暮れの海辺の城、低い雲 and averyverylongwordthatfitsonnolinewhatsoeverandbreaksinthemiddle',
  'the end  ',
].join('\n');

/** What the browser itself takes for the place under a point: the judge of where a caret stands. */
function offsetAt(x: number, y: number): number | null {
  const at = (
    document as unknown as { caretPositionFromPoint(x: number, y: number): { offset: number } | null }
  ).caretPositionFromPoint(x, y);
  return at?.offset ?? null;
}

describe('carets in a text box', () => {
  let field: HTMLTextAreaElement;
  let meter: CaretMeter;

  beforeEach(() => {
    field = document.createElement('textarea');
    field.value = PROMPT;
    field.style.cssText =
      'position:fixed;left:20px;top:20px;width:240px;height:300px;padding:2px 9px;border:3px solid;font:10px/1.2 monospace;resize:none';
    document.body.append(field);
    meter = new CaretMeter();
  });

  afterEach(() => {
    meter.close();
    field.remove();
  });

  /** Each place where the browser, asked for what is there, gives another one. Half a pair is no place. */
  function wrong(scale = 1): string[] {
    const box = field.getBoundingClientRect();
    const found: string[] = [];
    for (let at = 0; at <= PROMPT.length; at++) {
      if (/[\udc00-\udfff]/.test(PROMPT[at] ?? '')) continue;
      const place = meter.place(field, at);
      if (!place) continue;
      const seen = offsetAt(box.x + (place.left + 0.3) * scale, box.y + (place.top + place.height / 2) * scale);
      // Where a line breaks by itself, its end and the next one's beginning are the same place.
      if (seen !== at && PROMPT[at] !== '\n' && PROMPT[at - 1] !== ' ') found.push(`${at} is ${seen}`);
    }
    return found;
  }

  it('stand where the browser has them: wrapped, empty and last lines, wide letters, a word that breaks', () => {
    expect(wrong()).to.deep.equal([]);
    field.style.width = '331px';
    field.style.fontFamily = 'sans-serif';
    field.style.fontSize = '13px';
    expect(wrong()).to.deep.equal([]);
  });

  it('stand there at any zoom of the canvas', () => {
    field.style.transform = 'scale(0.8)';
    field.style.transformOrigin = '0 0';
    expect(wrong(0.8)).to.deep.equal([]);
  });

  it('follow the text, and are gone where it is scrolled out of sight', () => {
    const last = meter.place(field, PROMPT.length);
    field.value = `one more line\n${PROMPT}`;
    const moved = meter.place(field, field.value.length);
    expect(moved!.top).to.be.greaterThan(last!.top);
    field.value = `${'line\n'.repeat(60)}end`;
    field.scrollTop = 0;
    expect(meter.place(field, field.value.length)).to.equal(null);
    expect(meter.place(field, 0)).not.to.equal(null);
    field.scrollTop = field.scrollHeight;
    expect(meter.place(field, field.value.length)).not.to.equal(null);
    expect(meter.place(field, 0)).to.equal(null);
  });

  it('never touch the own caret, the focus or the scrolling', () => {
    field.focus();
    field.setSelectionRange(3, 9, 'backward');
    field.scrollTop = 5;
    const before = [document.activeElement, field.selectionStart, field.selectionEnd, field.selectionDirection];
    meter.place(field, 40);
    expect([document.activeElement, field.selectionStart, field.selectionEnd, field.selectionDirection]).to.deep.equal(
      before,
    );
    expect(field.value).to.equal(PROMPT);
  });
});
