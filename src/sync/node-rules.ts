/** Which node types guests may not run on the host's machine: by what a type can do, or by name. Pure. */

/** It costs credits of the host's account; runs code from its inputs; names files by path; talks to other servers. */
export type Risk = 'paid' | 'code' | 'files' | 'network';

/** Each rule is `@` and a risk, or a type's name with `*` for anything. What is allowed by name wins. */
export interface NodeRules {
  readonly blocked: readonly string[];
  readonly allowed: readonly string[];
}

const MAX_RULES = 500;
const MAX_RULE_LENGTH = 200;

export const DEFAULT_BLOCKED = '@paid, @code, @files, @network';
export const DEFAULT_RULES: NodeRules = parseRules(DEFAULT_BLOCKED, '');

/** From what a person wrote: rules between commas or on lines. */
export function parseRules(blocked: string, allowed: string): NodeRules {
  const rules = (text: string): readonly string[] =>
    text
      .split(/[,\n]/)
      .map((rule) => rule.trim().slice(0, MAX_RULE_LENGTH))
      .filter((rule) => rule !== '')
      .slice(0, MAX_RULES);
  return { blocked: rules(blocked), allowed: rules(allowed) };
}

/** The rule that keeps a type from guests; null: they may run it. */
export function blockingRule(type: string, risks: ReadonlySet<Risk>, { blocked, allowed }: NodeRules): string | null {
  if (allowed.some((rule) => isNamed(type, rule))) return null;
  const isMet = (rule: string): boolean =>
    rule.startsWith('@') ? risks.has(rule.slice(1).toLowerCase() as Risk) : isNamed(type, rule);
  return blocked.find(isMet) ?? null;
}

/** Without a regular expression: a rule with many stars must not take long. */
function isNamed(type: string, rule: string): boolean {
  const name = type.toLowerCase();
  const [first = '', ...rest] = rule.toLowerCase().split('*');
  if (rest.length === 0) return name === first;
  if (!name.startsWith(first)) return false;
  const last = rest.pop() ?? '';
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}
