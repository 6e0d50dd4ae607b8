import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { contrast, parseColor } from '../../src/ui/color.ts';
import { INK, ON_FILL, PEOPLE, personColor, TOKENS } from '../../src/ui/theme.ts';

const READABLE = 4.5;

/** Panels of the frontend's own palettes, darkest to lightest, and our fallbacks. */
const DARK_PANELS = [TOKENS.dark.panel, TOKENS.dark.page, '#171718', '#242730', '#073642', '#191722'];
const LIGHT_PANELS = [TOKENS.light.panel, TOKENS.light.page, '#eeeeee'];

function assertReadable(text: string, ground: string, what: string): void {
  const ratio = contrast(parseColor(text)!, parseColor(ground)!);
  assert.ok(ratio >= READABLE, `${what}: ${text} on ${ground} is ${ratio.toFixed(2)}:1`);
}

describe('theme', () => {
  it('has 12 people’s colours, all different', () => {
    assert.equal(PEOPLE.length, 12);
    assert.equal(new Set(PEOPLE.map(({ fill }) => fill)).size, 12);
    assert.equal(new Set(PEOPLE.map(({ name }) => name)).size, 12);
  });

  it('names in people’s colours are readable on dark and on light panels', () => {
    for (const { name, fill, onLight } of PEOPLE) {
      for (const panel of DARK_PANELS) assertReadable(fill, panel, name);
      for (const panel of LIGHT_PANELS) assertReadable(onLight, panel, name);
    }
  });

  it('initials are readable on every avatar', () => {
    for (const { name, fill } of PEOPLE) assertReadable(INK, fill, name);
  });

  it('text, muted text and state colours are readable on their panels', () => {
    for (const scheme of ['dark', 'light'] as const) {
      const token = TOKENS[scheme];
      for (const panel of scheme === 'dark' ? DARK_PANELS : LIGHT_PANELS) {
        for (const key of ['text', 'muted', 'accentText', 'ok', 'warn', 'bad'] as const) {
          assertReadable(token[key], panel, `${scheme} ${key}`);
        }
      }
      assertReadable(ON_FILL, token.accent, `${scheme} button`);
      assertReadable(ON_FILL, token.badFill, `${scheme} danger button`);
    }
  });

  it('gives a colour for any index a peer may send', () => {
    for (const index of [0, 11, 12, -1, 1e9, Number.NaN, 1.5, Number.POSITIVE_INFINITY]) {
      assert.ok(PEOPLE.includes(personColor(index)), String(index));
    }
    assert.equal(personColor(13), PEOPLE[1]);
  });
});

describe('colours', () => {
  it('reads what computed styles give', () => {
    assert.deepEqual(parseColor('#fff'), { r: 255, g: 255, b: 255, a: 1 });
    assert.deepEqual(parseColor('rgb(1, 2, 3)'), { r: 1, g: 2, b: 3, a: 1 });
    assert.deepEqual(parseColor('rgba(1, 2, 3, 0.5)'), { r: 1, g: 2, b: 3, a: 0.5 });
    assert.deepEqual(parseColor('color(srgb 1 0 0 / 0.5)'), { r: 255, g: 0, b: 0, a: 0.5 });
  });

  it('knows no colour in anything else', () => {
    for (const text of ['', 'red;', '#12345', 'rgb(a, b, c)', 'var(--x)', 'oklch(1 0 0)']) {
      assert.equal(parseColor(text), null, text);
    }
  });

  it('contrast is 21 between black and white, in any order', () => {
    assert.equal(Math.round(contrast(parseColor('#000')!, parseColor('#fff')!)), 21);
    assert.equal(Math.round(contrast(parseColor('#fff')!, parseColor('#000')!)), 21);
  });
});
