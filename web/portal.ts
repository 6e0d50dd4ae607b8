/** The portal's app module. The frontend's own import of our extension is one line that calls `registerExtension`. */
import { startPortal } from '../src/app/portal.ts';

const portal = startPortal();

export function registerExtension(): void {
  portal.registerExtension();
}
