/** One person at one browser process, for tests of a room's life: tabs come and go, the person's storage stays. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { MeshApp } from '../../src/app/mesh-app.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { MeshState, Phase } from '../../src/ui/model.ts';
import { launchBrowser } from './browser.ts';
import { compareGraphs } from './compare-graphs.ts';
import { Hand } from './frontend-hand.ts';

const BOOT_MS = 60_000;
const WAIT_MS = 30_000;
const LOOK_MS = 50;
/** What the frontend complains about by itself, and what a browser says of a server that a test has stopped. */
const OTHERS_FAULTS =
  /deprecated|Layout|Failed to load resource|net::ERR_|WebSocket connection to|PeerJS|Network Error/;

declare const window: Window & { nexusMesh?: MeshApp };

export class LifePerson {
  readonly browser: Browser;
  readonly context: BrowserContext;
  /** Uncaught exceptions and console errors of all tabs. */
  readonly faults: string[] = [];
  #page: Page | undefined;

  private constructor(browser: Browser, context: BrowserContext) {
    this.browser = browser;
    this.context = context;
    context.on('weberror', (error) => this.faults.push(error.error().stack ?? error.error().message));
    context.on('console', (message) => {
      if (message.type() === 'error' && !OTHERS_FAULTS.test(message.text())) this.faults.push(message.text());
    });
  }

  /** Somebody whom no room knows yet. `browser`: a process that may be shared by one after the other. */
  static async arrive(browser: Browser): Promise<LifePerson> {
    const context = await browser.newContext({ viewport: { width: 1440, height: 860 } });
    return new LifePerson(browser, context);
  }

  get page(): Page {
    if (!this.#page) throw new Error('This person has no tab open.');
    return this.#page;
  }

  get hand(): Hand {
    return new Hand(this.page);
  }

  /** In a new tab. Does not wait for anything to be shown. */
  async visit(url: string): Promise<void> {
    this.#page = await this.context.newPage();
    await this.page.goto(url);
  }

  /** In a new tab, until the editor can be used. */
  async open(url: string): Promise<void> {
    await this.visit(url);
    await this.ready();
  }

  async ready(): Promise<void> {
    await this.page.locator('#splash-loader').waitFor({ state: 'detached', timeout: BOOT_MS });
    await this.until(
      'the editor shows a workflow',
      () =>
        // Not by the hand, which looks at the graph: the frontend complains when there is none yet.
        this.page
          .evaluate<boolean>(
            'window.comfyAPI?.app?.app?.isGraphReady === true && Boolean(window.comfyAPI.app.app.extensionManager.workflow?.activeWorkflow)',
          )
          .catch(() => false),
      BOOT_MS,
    );
  }

  async reload(): Promise<void> {
    await this.page.reload();
  }

  /** As when a tab is closed. */
  async closeTab(): Promise<void> {
    await this.page.close();
    this.#page = undefined;
  }

  /** The tab dies without a chance to say or write anything. */
  async crashTab(): Promise<void> {
    const { page } = this;
    const crashed = page.waitForEvent('crash');
    const devtools = await this.context.newCDPSession(page);
    await Promise.race([devtools.send('Page.crash').catch(() => {}), crashed]);
    await crashed;
    await page.close();
    this.#page = undefined;
  }

  async leave(): Promise<void> {
    await this.context.close();
  }

  // ---- What is seen

  state(): Promise<MeshState | undefined> {
    return this.page.evaluate(() => window.nexusMesh?.state).catch(() => undefined);
  }

  async phase(): Promise<Phase | undefined> {
    return (await this.state())?.phase;
  }

  /** Waits until the session is in this phase, and gives it. */
  async untilPhase<K extends Phase['kind']>(kind: K, timeoutMs = WAIT_MS): Promise<Extract<Phase, { kind: K }>> {
    let last: Phase | undefined;
    let told = '';
    await this.until(
      () => `the phase is ${kind}; it is ${JSON.stringify(last)}${told}`,
      async () => {
        const state = await this.state();
        last = state?.phase;
        told = (state?.notices ?? []).map(({ summary, detail }) => `; told: ${summary} ${detail ?? ''}`).join('');
        return last?.kind === kind;
      },
      timeoutMs,
    );
    return last as Extract<Phase, { kind: K }>;
  }

  /** Inside, with a link to the host, and nothing of one's own on its way. */
  async untilLive(timeoutMs = WAIT_MS): Promise<void> {
    let last: Phase | undefined;
    await this.until(
      () => `this guest is live; it is ${JSON.stringify(last)}`,
      async () => {
        last = await this.phase();
        return last?.kind === 'guest' && last.connection === 'live' && last.unconfirmed === 0;
      },
      timeoutMs,
    );
  }

  workflow(): Promise<JsonObject> {
    return this.hand.run('JSON.parse(JSON.stringify(root.serialize()))');
  }

  title(id: number): Promise<string> {
    return this.hand.run(`root.getNodeById(${id})?.title ?? ''`);
  }

  widget(id: number, name: string): Promise<unknown> {
    return this.hand.run(`root.getNodeById(${id})?.widgets?.find((one) => one.name === '${name}')?.value ?? null`);
  }

  position(id: number): Promise<[number, number]> {
    return this.hand.run(`(() => { const at = root.getNodeById(${id}).pos; return [at[0], at[1]]; })()`);
  }

  // ---- What is done

  /** Drags a node by its title with the mouse, by so many pixels of the screen. */
  async dragNode(id: number, dx: number, dy: number): Promise<void> {
    await this.hand.dragBy(await this.hand.spot(String(id), { at: 'title' }), dx, dy);
  }

  /** Presses the arrow at the right end of a number widget: one step up. */
  async stepUp(id: number, name: string): Promise<void> {
    const middle = await this.hand.spot(String(id), { widget: name });
    const reach = await this.hand.run<number>(`(root.getNodeById(${id}).size[0] / 2 - 24) * canvas.ds.scale`);
    await this.hand.click({ x: middle.x + reach, y: middle.y });
  }

  /** By its name in the page, also inside our own elements. */
  async press(name: string | RegExp): Promise<void> {
    await this.page
      .getByRole('button', { name, ...(typeof name === 'string' ? { exact: true } : {}) })
      .first()
      .click();
  }

  async startSession(): Promise<string> {
    await this.press('Start session');
    await this.untilPhase('hosting');
    return this.inviteLink();
  }

  async inviteLink(): Promise<string> {
    const field = this.page.getByRole('textbox', { name: 'Invite link' }).first();
    await field.waitFor();
    return field.inputValue();
  }

  /** What the link lets people do, chosen in the invite that is open. Gives the link as it is then. */
  async inviteCan(role: 'view' | 'edit'): Promise<string> {
    await this.page.getByRole('radio', { name: role, exact: true }).first().check({ force: true });
    await this.until(`the link lets people ${role}`, async () => {
      const phase = await this.phase();
      return phase?.kind === 'hosting' && phase.invite.role === role;
    });
    return this.inviteLink();
  }

  async openSidebar(): Promise<void> {
    if (await this.page.getByRole('heading', { name: 'Session', exact: true }).isVisible()) return;
    await this.page.getByTestId('nexus-mesh-tab-button').click();
    await this.page.getByRole('heading', { name: 'Session', exact: true }).waitFor();
  }

  /** What the card over the page says; the empty string when there is none. */
  async card(): Promise<string> {
    const card = this.page.locator('nexus-join-card').getByRole('dialog');
    return (await card.count()) === 0
      ? ''
      : card
          .first()
          .textContent()
          .then((text) => text ?? '');
  }

  async untilCard(words: RegExp, timeoutMs = WAIT_MS): Promise<string> {
    let text = '';
    await this.until(
      () => `the card says ${words}; it says ${JSON.stringify(text)}`,
      async () => {
        text = await this.card().catch(() => '');
        return words.test(text);
      },
      timeoutMs,
    );
    return text;
  }

  async until(
    what: string | (() => string),
    holds: () => Promise<boolean>,
    timeoutMs: number = WAIT_MS,
  ): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!(await holds())) {
      if (performance.now() > deadline) {
        const wanted = typeof what === 'string' ? what : what();
        throw new Error(`In vain: ${wanted}\n${this.faults.join('\n')}`);
      }
      await delay(LOOK_MS);
    }
  }
}

/** Waits until both editors show the same workflow, and gives it. */
export async function agreed(a: LifePerson, b: LifePerson, timeoutMs: number = WAIT_MS): Promise<JsonObject> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const [left, right] = await Promise.all([a.workflow(), b.workflow()]);
    const differences = compareGraphs(left, right);
    if (differences.length === 0) return left;
    if (performance.now() > deadline) throw new Error(`Host and guest differ:\n${differences.join('\n')}`);
    await delay(LOOK_MS);
  }
}

/** Two processes: two people on two machines, but for the network. */
export async function twoBrowsers(flags: readonly string[] = []): Promise<[Browser, Browser]> {
  return Promise.all([launchBrowser(flags), launchBrowser(flags)]);
}
