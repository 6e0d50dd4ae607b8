import { html, nothing, type TemplateResult } from 'lit';
import type { Person } from './model.ts';
import { PEOPLE, personClass } from './theme.ts';

const SHAPES = 3;

/** Two letters to tell people apart: of the first two words, else the first two letters. Counts whole characters. */
export function initials(name: string): string {
  const words = name.split(/[^\p{L}\p{N}\p{Extended_Pictographic}]+/u).filter(Boolean);
  const letters =
    words.length > 1 ? words.slice(0, 2).map((word) => [...word][0] ?? '') : [...(words[0] ?? '?')].slice(0, 2);
  return letters.join('').toLocaleUpperCase();
}

type Look = Pick<Person, 'name' | 'color'> & Partial<Pick<Person, 'status'>>;

/** Decoration: the name stands beside it. Shape as well as colour differs, for those who do not see the colour. */
export function avatar({ name, color, status }: Look): TemplateResult {
  const shape = Math.abs(color % PEOPLE.length) % SHAPES;
  return html`<span class="avatar ${personClass(color)} shape-${shape}" aria-hidden="true"
    >${initials(name)}${status ? html`<i class="presence ${status}"></i>` : nothing}</span
  >`;
}
