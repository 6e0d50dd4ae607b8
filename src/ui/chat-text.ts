import { find } from 'linkifyjs';

/** Cuts a message into what is shown as text, as a link, as a node and as a person. Pure; the parts are text, never markup (T7). */

export type ChatPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly href: string }
  | { readonly kind: 'node'; readonly text: string; readonly nodeId: string; readonly title: string }
  | { readonly kind: 'person'; readonly text: string; readonly you: boolean };

export interface ChatNames {
  /** Everyone here. */
  readonly names: readonly string[];
  readonly own: string;
  /** Title of a node, empty if not known, null if there is no such node. */
  readonly nodeTitle: (nodeId: string) => string | null;
}

/** `#12`, and `#12:3` for a node in a subgraph; not within a word or another number. */
const NODE = /(?<![\p{L}\p{N}_#&/])#(\d{1,10}(?::\d{1,10}){0,8})(?![\p{L}\p{N}_])/u;
/** What would make a name longer. Scripts without spaces go straight on after a name. */
const WORD = /[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{N}_]/u;
/** Names like "main.py" look like addresses to a link finder, so a link has to say that it is one. */
const SAYS_SO = /^(?:https?:\/\/|www\.)/i;
const CANDIDATE = /(?:https?:\/\/|www\.)\S+/gi;
/** The link finder takes time by the square of what it is given, so it gets little, and seldom: the rest stays text. */
const MAX_LINK_CHARS = 500;
const MAX_LINKS = 5;

/** The address to open, or null if it is none of those that are safe to open. */
export function safeHref(text: string): string | null {
  if (!SAYS_SO.test(text)) return null;
  try {
    const url = new URL(/^www\./i.test(text) ? `https://${text}` : text);
    const plain = url.username === '' && url.password === '';
    return plain && (url.protocol === 'https:' || url.protocol === 'http:') ? url.href : null;
  } catch {
    return null;
  }
}

export function chatParts(text: string, known: ChatNames): ChatPart[] {
  const parts: ChatPart[] = [];
  let from = 0;
  let links = 0;
  for (const { 0: candidate, index } of text.matchAll(CANDIDATE)) {
    if (candidate.length > MAX_LINK_CHARS) continue;
    if (links === MAX_LINKS) break;
    links += 1;
    const link = find(candidate, 'url')[0];
    const href = link?.start === 0 ? safeHref(link.value) : null;
    if (!link || !href) continue;
    parts.push(...wordsOf(text.slice(from, index), known));
    parts.push({ kind: 'link', text: link.value, href });
    from = index + link.end;
  }
  parts.push(...wordsOf(text.slice(from), known));
  return parts;
}

function wordsOf(text: string, known: ChatNames): ChatPart[] {
  const parts: ChatPart[] = [];
  let rest = text;
  let plain = '';
  const flush = () => {
    if (plain !== '') parts.push({ kind: 'text', text: plain });
    plain = '';
  };
  while (rest !== '') {
    const next = nextMention(rest, known);
    if (!next) break;
    plain += rest.slice(0, next.at);
    if (next.part) {
      flush();
      parts.push(next.part);
    } else plain += rest.slice(next.at, next.at + next.length);
    rest = rest.slice(next.at + next.length);
  }
  plain += rest;
  flush();
  return parts;
}

interface Mention {
  readonly at: number;
  readonly length: number;
  /** Null: looked like one and is none. */
  readonly part: ChatPart | null;
}

function nextMention(text: string, known: ChatNames): Mention | null {
  const node = nodeMention(text, known);
  const person = personMention(text, known);
  if (!node || !person) return node ?? person;
  return node.at < person.at ? node : person;
}

function nodeMention(text: string, { nodeTitle }: ChatNames): Mention | null {
  const match = NODE.exec(text);
  if (!match) return null;
  const nodeId = match[1]!;
  const title = nodeTitle(nodeId);
  const part = title === null ? null : ({ kind: 'node', text: match[0], nodeId, title } as const);
  return { at: match.index, length: match[0].length, part };
}

function personMention(text: string, { names, own }: ChatNames): Mention | null {
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    if (at > 0 && WORD.test(text[at - 1]!)) continue;
    const name = longestName(text, at + 1, names);
    if (name === null) continue;
    const length = name.length + 1;
    return { at, length, part: { kind: 'person', text: text.slice(at, at + length), you: same(name, own) } };
  }
  return null;
}

function longestName(text: string, from: number, names: readonly string[]): string | null {
  let longest: string | null = null;
  for (const name of names) {
    if (name === '' || (longest !== null && name.length <= longest.length)) continue;
    const after = text[from + name.length];
    const ends = after === undefined || !WORD.test(after) || !WORD.test(name.at(-1)!);
    if (ends && same(text.slice(from, from + name.length), name)) longest = name;
  }
  return longest;
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** Whether a message speaks to me. */
export function mentionsYou(text: string, own: string): boolean {
  const known: ChatNames = { names: [own], own, nodeTitle: () => null };
  return chatParts(text, known).some((part) => part.kind === 'person');
}
