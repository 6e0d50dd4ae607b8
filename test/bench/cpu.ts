/** Processor time of a whole browser: its page, and what the browser does for it (network, WebRTC). */
import type { Browser } from 'playwright-core';

/** @returns seconds since its processes began. */
export async function cpuSeconds(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  try {
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
  } finally {
    await session.detach();
  }
}

/** @returns milliseconds of processor time for each second that passed while `work` ran. */
export async function cpuDuring(browser: Browser, work: () => Promise<unknown>): Promise<number> {
  const [startCpu, start] = [await cpuSeconds(browser), performance.now()];
  await work();
  const [endCpu, end] = [await cpuSeconds(browser), performance.now()];
  return ((endCpu - startCpu) * 1e6) / (end - start);
}
