import { MAX_NAME_LENGTH } from '../protocol/limits.ts';

const FALLBACK = 'Someone';

/** A name as everyone may see it: one line, no control or direction-changing characters, not too long (T7). */
export function cleanName(name: string): string {
  const visible = name
    .normalize('NFC')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is taken out.
    .replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return cut(visible, MAX_NAME_LENGTH) || FALLBACK;
}

/** The name, with a number behind it where someone else has it. Case does not tell names apart. */
export function uniqueName(name: string, taken: ReadonlySet<string>): string {
  const lower = new Set([...taken].map((other) => other.toLowerCase()));
  if (!lower.has(name.toLowerCase())) return name;
  for (let count = 2; ; count++) {
    const suffix = ` ${count}`;
    const candidate = cut(name, MAX_NAME_LENGTH - suffix.length) + suffix;
    if (!lower.has(candidate.toLowerCase())) return candidate;
  }
}

/** At most so many UTF-16 units, never half a character. */
function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const end = /[\ud800-\udbff]/.test(text.charAt(length - 1)) ? length - 1 : length;
  return text.slice(0, end).trimEnd();
}
