/** The extension as a user's own ComfyUI loads it: one bundle, evaluated after the frontend's own modules. */
import { startInComfyUi } from '../src/app/comfyui.ts';

interface ComfyPage {
  comfyAPI?: { app?: { app?: { extensionManager?: { setting?: { get(id: string): unknown } } } } };
}

startInComfyUi(() => (window as ComfyPage).comfyAPI?.app?.app?.extensionManager?.setting);
