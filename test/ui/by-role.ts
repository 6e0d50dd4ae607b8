/** Finds elements as a screen reader does: by role and name, through shadow roots, hidden ones left out. */

const SELECTORS: Readonly<Record<string, string>> = {
  button: 'button',
  textbox: 'input:not([type]), input[type="text"], textarea',
  dialog: 'dialog[open]',
  link: 'a[href]',
  radio: 'input[type="radio"]',
  checkbox: 'input[type="checkbox"]',
  combobox: 'select',
  list: 'ul, ol',
  listitem: 'li',
  progressbar: 'progress',
  heading: 'h1, h2, h3',
  img: 'svg[role="img"]',
};

function* deep(root: Document | Element | ShadowRoot): Generator<HTMLElement> {
  for (const element of root.querySelectorAll<HTMLElement>('*')) {
    yield element;
    if (element.shadowRoot) yield* deep(element.shadowRoot);
  }
}

function isRole(element: HTMLElement, role: string): boolean {
  const own = element.getAttribute('role');
  if (own !== null) return own === role;
  const selector = SELECTORS[role];
  return selector !== undefined && element.matches(selector);
}

function textOf(node: Node): string {
  if (node instanceof Element && (node.matches('[aria-hidden="true"]') || node.tagName === 'STYLE')) return '';
  return node.nodeType === Node.TEXT_NODE ? (node.textContent ?? '') : [...node.childNodes].map(textOf).join('');
}

const tidy = (text: string) => text.replace(/\s+/g, ' ').trim();

export function nameOf(element: HTMLElement): string {
  const label = element.getAttribute('aria-label');
  if (label) return label;
  const ids = element.getAttribute('aria-labelledby')?.split(' ') ?? [];
  const root = element.getRootNode() as Document | ShadowRoot;
  if (ids.length > 0)
    return tidy(ids.map((id) => textOf(root.getElementById(id) ?? document.createTextNode(''))).join(' '));
  if (element instanceof HTMLInputElement || element instanceof HTMLSelectElement) {
    return tidy([...(element.labels ?? [])].map(textOf).join(' '));
  }
  return tidy(textOf(element));
}

export interface Scope {
  all(role: string, name?: string | RegExp): HTMLElement[];
  maybe(role: string, name?: string | RegExp): HTMLElement | null;
  /** Throws with what there is instead, so that a failure explains itself. */
  get<E extends HTMLElement = HTMLElement>(role: string, name?: string | RegExp): E;
}

export function within(root: Document | Element): Scope {
  const tops = () => {
    const shadow = root instanceof Element ? root.shadowRoot : null;
    return [...deep(root), ...(shadow ? deep(shadow) : [])];
  };
  const all = (role: string, name?: string | RegExp) =>
    tops().filter((element) => {
      if (!isRole(element, role) || element.closest('[aria-hidden="true"], [hidden]')) return false;
      if (name === undefined) return true;
      const has = nameOf(element);
      return typeof name === 'string' ? has === name : name.test(has);
    });
  return {
    all,
    maybe: (role, name) => all(role, name)[0] ?? null,
    get: <E extends HTMLElement>(role: string, name?: string | RegExp) => {
      const found = all(role, name)[0];
      if (!found) throw new Error(`No ${role} ${name ?? ''}. There is: ${all(role).map(nameOf).join(' | ') || 'none'}`);
      return found as E;
    },
  };
}

/** Lit renders in microtasks, elements inside elements one after another. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 8; turn += 1) await new Promise<void>((resolve) => queueMicrotask(resolve));
  // Not a frame: a tab in the background gets none.
  await new Promise<void>((resolve) => setTimeout(resolve));
}

/** Text that a person sees in an element, through shadow roots. */
export function seenText(root: Element): string {
  const parts: string[] = [];
  const walk = (node: Node) => {
    if (node instanceof Element && node.tagName === 'STYLE') return;
    if (node.nodeType === Node.TEXT_NODE) parts.push(node.textContent ?? '');
    if (node instanceof Element && node.shadowRoot) node.shadowRoot.childNodes.forEach(walk);
    node.childNodes.forEach(walk);
  };
  walk(root);
  return tidy(parts.join(' '));
}
