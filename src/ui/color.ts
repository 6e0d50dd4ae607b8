/** Colour arithmetic of WCAG 2: enough to choose readable text and to tell a dark palette from a light one. */

export interface Rgba {
  /** 0 to 255. */
  readonly r: number;
  readonly g: number;
  readonly b: number;
  /** 0 to 1. */
  readonly a: number;
}

const HEX = /^#([0-9a-f]{3,8})$/i;
const FUNCTION = /^rgba?\(([^)]+)\)$/i;
const SRGB = /^color\(srgb ([^)]+)\)$/i;

/** Reads #rgb, #rgba, #rrggbb, #rrggbbaa, rgb(), rgba() and color(srgb …), which is all that computed styles give. */
export function parseColor(text: string): Rgba | null {
  const value = text.trim();
  const hex = HEX.exec(value)?.[1];
  if (hex) return parseHex(hex);
  const rgb = FUNCTION.exec(value)?.[1];
  if (rgb) return fromParts(rgb, 1);
  const srgb = SRGB.exec(value)?.[1];
  return srgb ? fromParts(srgb, 255) : null;
}

function parseHex(hex: string): Rgba | null {
  const wide = hex.length <= 4 ? [...hex].map((digit) => digit + digit).join('') : hex;
  if (wide.length !== 6 && wide.length !== 8) return null;
  const at = (index: number) => Number.parseInt(wide.slice(index, index + 2), 16);
  return { r: at(0), g: at(2), b: at(4), a: wide.length === 8 ? at(6) / 255 : 1 };
}

function fromParts(text: string, scale: number): Rgba | null {
  const parts = text
    .split(/[\s,/]+/)
    .filter(Boolean)
    .map(Number);
  const [r, g, b, a = 1] = parts;
  if (r === undefined || g === undefined || b === undefined || parts.some(Number.isNaN)) return null;
  return { r: r * scale, g: g * scale, b: b * scale, a };
}

/** Relative luminance, 0 (black) to 1 (white). */
export function luminance({ r, g, b }: Rgba): number {
  const linear = (channel: number) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}

/** Contrast ratio, 1 to 21. */
export function contrast(one: Rgba, other: Rgba): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}
