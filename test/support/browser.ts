/** A real Chromium for tests that run under Node. Call `ensureChromium` elsewhere: here a missing browser is an error. */
import { type Browser, chromium } from 'playwright-core';
import { CHROMIUM_FLAGS, findChromium } from '../../scripts/chromium.ts';

/** One browser process. Two of them are two people on two machines, but for the network. */
export async function launchBrowser(flags: readonly string[] = []): Promise<Browser> {
  const executablePath = await findChromium();
  if (!executablePath)
    throw new Error('No Chromium was found. Run npm test, which fetches one, or set CHROMIUM to its path.');
  return chromium.launch({ executablePath, args: [...CHROMIUM_FLAGS, ...flags] });
}
