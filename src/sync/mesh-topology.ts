/**
 * Which links to other pages to hold. Small rooms link everyone to everyone. In larger ones each page keeps its two neighbours
 * on the ring of page numbers, so that the mesh hangs together, and else those that answer fastest, found by trying one more
 * now and then. Pure; chance is handed in.
 */

/** Up to so many guests' pages everyone is linked to everyone. */
export const FULL_MESH_PAGES = 8;
/** Above: links that a page wants. It has more where others want it. */
export const SOUGHT_LINKS = 6;

export interface MeshView {
  readonly self: number;
  /** Pages that can be linked to, our own among them or not. */
  readonly pages: ReadonlySet<number>;
  /** Standing links, with their round trip in milliseconds where it is known. */
  readonly links: ReadonlyMap<number, number | undefined>;
  /** Links that are being made. */
  readonly making: ReadonlySet<number>;
  /** Not to be tried now: failed a moment ago, or not trusted. */
  readonly barred: (page: number) => boolean;
}

export function isFullMesh({ size }: { readonly size: number }): boolean {
  return size <= FULL_MESH_PAGES;
}

/** The neighbours on the ring of page numbers, of those that are not barred: the same for both ends. */
export function ringNeighbours({ self, pages, barred }: MeshView): Set<number> {
  const others = [...pages].filter((page) => page !== self && !barred(page)).sort((a, b) => a - b);
  if (others.length === 0) return new Set();
  const above = others.findIndex((page) => page > self);
  const next = others[Math.max(above, 0)];
  const before = others[above <= 0 ? others.length - 1 : above - 1];
  return new Set([next, before].filter((page) => page !== undefined));
}

/**
 * The standing links that this page wants for itself: all in a small room; else the ring, the fastest, and those that are not
 * measured yet. One that neither end wants is given back.
 */
export function wantedLinks(view: MeshView): Set<number> {
  const { pages, links } = view;
  if (isFullMesh(pages)) return new Set(links.keys());
  const ring = ringNeighbours(view);
  const rest = [...links].filter(([page]) => !ring.has(page));
  const unknown = rest.filter(([, ms]) => ms === undefined);
  const known = rest.filter(([, ms]) => ms !== undefined).sort(([, a = 0], [, b = 0]) => a - b);
  const fastest = known.slice(0, Math.max(0, SOUGHT_LINKS - ring.size));
  return new Set(
    [...links.keys()].filter((page) => ring.has(page)).concat([...unknown, ...fastest].map(([page]) => page)),
  );
}

/** Links to make now. `explore`: one more than are sought, to see whether it is faster. */
export function linksToMake(view: MeshView, random: () => number, explore = false): number[] {
  const { self, pages, links, making, barred } = view;
  const isHeld = (page: number): boolean => links.has(page) || making.has(page);
  const free = [...pages].filter((page) => page !== self && !isHeld(page) && !barred(page));
  if (isFullMesh(pages)) return free;
  const ring = [...ringNeighbours(view)].filter((page) => !isHeld(page));
  const chosen = new Set(ring);
  const sought = explore ? Math.max(SOUGHT_LINKS, links.size + making.size + chosen.size + 1) : SOUGHT_LINKS;
  const rest = free.filter((page) => !chosen.has(page));
  while (links.size + making.size + chosen.size < sought && rest.length > 0) {
    const [page] = rest.splice(Math.floor(random() * rest.length), 1);
    if (page !== undefined) chosen.add(page);
  }
  return [...chosen];
}
