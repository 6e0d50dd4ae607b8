/** The whole app in a page of the portal as host, seen from the bench: for what the app does beside the document. */
import type { MeshApp } from '../../../../src/app/mesh-app.ts';
import { frontend } from './frontend-window.ts';

const START_TIMEOUT_MS = 20_000;

const mesh = (): MeshApp => (globalThis as unknown as { nexusMesh: MeshApp }).nexusMesh;

/** Presses *Start session*. @returns the invite link. */
export async function startByApp(): Promise<string> {
  await mesh().actions.startSession();
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const { phase } = mesh().state;
    if (phase.kind === 'hosting') return phase.invite.link;
    if (performance.now() > deadline) throw new Error(`The session did not start: ${phase.kind}.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** How many follow this page's person, as they are told. */
export function followers(): number {
  const { people } = mesh().state;
  const self = people.find(({ you }) => you)?.id;
  return people.filter(({ following }) => following === self).length;
}

/** The first node's corner at this place of the canvas, so that there is empty canvas left of it. */
export function showFrom(left: number, top: number, scale: number): void {
  const { ds } = frontend.app.canvas;
  const nodes = frontend.app.rootGraph._nodes;
  ds.scale = scale;
  ds.offset[0] = left / scale - Math.min(...nodes.map(({ pos }) => Number(pos[0])));
  ds.offset[1] = top / scale - Math.min(...nodes.map(({ pos }) => Number(pos[1])));
  frontend.app.canvas.setDirty(true, true);
}
