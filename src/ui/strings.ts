import { en } from './strings.en.ts';
import { zhCn } from './strings.zh-cn.ts';

export type StringKey = keyof typeof en;
export type Catalogue = Readonly<Record<StringKey, string>>;
export type Locale = 'en' | 'zh-CN';

/** The names in braces of a sentence: `t('say.joined', { name })` is checked by the compiler. */
type Names<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
type Params<Key extends StringKey> = Record<Names<(typeof en)[Key]>, string | number>;
type Args<Key extends StringKey> = [Names<(typeof en)[Key]>] extends [never] ? [] : [params: Params<Key>];

/** Bases of keys that exist as `.one` and `.other`. */
type PluralBase = { [Key in StringKey]: Key extends `${infer Base}.one` ? Base : never }[StringKey];

export const catalogues: Readonly<Record<Locale, Catalogue>> = { en, 'zh-CN': zhCn };

let locale: Locale = 'en';
const listeners = new Set<() => void>();

/** The nearest language we have to a tag such as `zh-TW` or `de`. */
export function nearestLocale(tag: string): Locale {
  return tag.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en';
}

export function setLocale(tag: string): void {
  const next = nearestLocale(tag);
  if (next === locale) return;
  locale = next;
  for (const listener of listeners) listener();
}

export function currentLocale(): Locale {
  return locale;
}

export function onLocaleChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Fills in a sentence. The result is plain text: show it as text, never as markup. */
export function fill(sentence: string, params: Readonly<Record<string, string | number>>): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(params, name) ? String(params[name]) : whole,
  );
}

export function t<Key extends StringKey>(key: Key, ...args: Args<Key>): string {
  return fill(catalogues[locale][key], args[0] ?? {});
}

/** The sentence for a count, by the language's plural rule. */
export function plural(base: PluralBase, n: number): string {
  const one = new Intl.PluralRules(locale).select(n) === 'one';
  return fill(catalogues[locale][`${base}.${one ? 'one' : 'other'}`], { n });
}

const KILO = 1000;
const UNITS = ['B', 'kB', 'MB', 'GB'] as const;

/** 412 kB, 1.2 MB: decimal units, as file managers and browsers show them. */
export function formatBytes(bytes: number): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= KILO && unit < UNITS.length - 1) {
    value /= KILO;
    unit += 1;
  }
  const digits = unit < 2 || value >= 100 ? 0 : 1;
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value)} ${UNITS[unit]}`;
}

/** Time today, else with the date. */
export function formatWhen(atMs: number, nowMs: number): string {
  const at = new Date(atMs);
  const sameDay = at.toDateString() === new Date(nowMs).toDateString();
  const time: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit' };
  const options = sameDay
    ? time
    : { ...time, weekday: 'short' as const, day: 'numeric' as const, month: 'short' as const };
  return new Intl.DateTimeFormat(locale, options).format(at);
}
