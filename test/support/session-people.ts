/** Two people in one session: two browser processes on the portal, the invite link between them. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import type { MeshApp } from '../../src/app/mesh-app.ts';
import type { BindingStats } from '../../src/comfy/binding.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { launchBrowser } from './browser.ts';
import { type CompareOptions, compareGraphs } from './compare-graphs.ts';
import { Hand } from './frontend-hand.ts';
import { type PortalServer, startPortal } from './portal-server.ts';

const BOOT_MS = 60_000;
const PHASE_MS = 20_000;
const AGREE_MS = 10_000;
/** Both must have stood still for this many looks in a row. */
const STILL_LOOKS = 2;
/** Between two looks: longer than the binding waits before it sends. */
const LOOK_MS = 45;
/** Real addresses instead of mDNS names: there is no multicast where tests run. */
const FLAGS = [
  '--disable-features=WebRtcHideLocalIpsWithMdns',
  // A user’s own ComfyUI asks its maker for news, and nobody answers here.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];
const SPLASH = '#splash-loader';
const VIEWPORT = { width: 1440, height: 860 };
/** What the frontend itself complains about here, and not about the session. */
const OTHERS_FAULTS = /deprecated|Layout|Failed to load resource.*(404|ERR_NAME_NOT_RESOLVED)/;

declare const window: Window & { nexusMesh?: MeshApp };

export class Person {
  readonly name: string;
  readonly page: Page;
  readonly hand: Hand;
  /** Console errors and uncaught exceptions: must stay empty. */
  readonly faults: string[] = [];
  readonly #browser: Browser;

  private constructor(name: string, browser: Browser, page: Page) {
    this.name = name;
    this.page = page;
    this.hand = new Hand(page);
    this.#browser = browser;
    // Choosers are caught from the first listener on, and that takes a moment.
    page.on('filechooser', () => {});
    page.on('pageerror', (error) => this.faults.push(error.stack ?? error.message));
    page.on('console', (message) => {
      const isFault = message.type() === 'error' || message.text().startsWith('Nexus Mesh:');
      if (isFault && message.type() !== 'debug' && !OTHERS_FAULTS.test(message.text()))
        this.faults.push(message.text());
    });
  }

  static async arrive(name: string): Promise<Person> {
    const browser = await launchBrowser(FLAGS);
    const context = await browser.newContext({ viewport: VIEWPORT });
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    return new Person(name, browser, await context.newPage());
  }

  /** Opens the portal, or joins by an invite link, and waits until the frontend is there. */
  async open(url: string): Promise<void> {
    await this.page.goto(url);
    await this.page.locator(SPLASH).waitFor({ state: 'detached', timeout: BOOT_MS });
    await this.waitUntil('window.comfyAPI?.app?.app?.isGraphReady === true');
  }

  /** As a person does: Ctrl+O and a file. */
  async openWorkflow(name: string, workflow: JsonObject): Promise<void> {
    await this.waitUntil('window.comfyAPI.app.app.rootGraph._nodes.length > 0');
    await this.page.locator('#graph-canvas').click({ position: { x: 700, y: 560 } });
    const chooser = this.page.waitForEvent('filechooser');
    await this.page.keyboard.press('Control+o');
    const buffer = Buffer.from(JSON.stringify(workflow));
    await (await chooser).setFiles({ name: `${name}.json`, mimeType: 'application/json', buffer });
    await this.waitUntil(
      `window.comfyAPI.app.app.extensionManager.workflow.activeWorkflow?.path?.includes(${JSON.stringify(name)})`,
    );
    await this.waitUntil(`window.comfyAPI.app.app.rootGraph._nodes.length === ${(workflow.nodes as unknown[]).length}`);
    await this.hand.pause();
  }

  async until(kind: 'hosting' | 'guest'): Promise<void> {
    try {
      await this.waitUntil(`window.nexusMesh?.state.phase.kind === '${kind}'`, PHASE_MS);
    } catch (error) {
      const phase = await this.page.evaluate(() => JSON.stringify(window.nexusMesh?.state.phase));
      const toasts = await this.page.getByTestId('toast').allInnerTexts();
      throw new Error(`${this.name} is not ${kind}: ${[phase, ...toasts, ...this.faults, error].join('\n')}`);
    }
  }

  serialized(): Promise<JsonObject> {
    return this.hand.run('JSON.parse(JSON.stringify(root.serialize()))');
  }

  /** What the binding counted, after a whole look of its safety net. */
  scannedStats(): Promise<BindingStats> {
    return this.page.evaluate(() => {
      const binding = window.nexusMesh?.binding;
      if (!binding) throw new Error('No session in this page.');
      binding.scan();
      return binding.stats();
    });
  }

  /** The reason of the bubble that is shown, or the empty string. */
  async refusal(): Promise<string> {
    const alerts = await this.page.locator('nexus-refusal').getByRole('alert').allInnerTexts();
    return alerts.join(' ').trim();
  }

  async leave(): Promise<void> {
    await this.#browser.close();
  }

  /** Not `waitForFunction`: the portal's policy forbids what that does with an expression. */
  async waitUntil(expression: string, timeoutMs = BOOT_MS): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!(await this.page.evaluate(`Boolean(${expression})`))) {
      if (performance.now() > deadline) throw new Error(`${this.name} waited in vain for ${expression}`);
      await delay(LOOK_MS);
    }
  }
}

interface Look {
  readonly pending: number;
  readonly seq: number;
  readonly room: number;
  readonly hash: string;
}

/** Where people meet: `npm start`, or the portal's files at any other host. */
export type Place = Pick<PortalServer, 'url' | 'close'>;

export interface SessionOptions {
  /** The portal that links open; by default one of the session's own. */
  readonly portal?: Place;
  /** Where the host works: by default in the portal. */
  readonly hostAt?: string;
  /** How the guest comes in: by default by opening the link. */
  readonly join?: (guest: Person, link: string) => Promise<void>;
}

export class Session {
  readonly portal: Place;
  readonly host: Person;
  readonly guest: Person;
  /** Longest that the two took to agree, in milliseconds. */
  slowestMs = 0;

  private constructor(portal: Place, host: Person, guest: Person) {
    this.portal = portal;
    this.host = host;
    this.guest = guest;
  }

  /** The host opens a workflow and starts the session by its button; the guest comes by the link. */
  static async start(
    role: 'view' | 'edit' | 'edit and queue',
    name: string,
    workflow: JsonObject,
    options: SessionOptions = {},
  ): Promise<Session> {
    const portal = options.portal ?? (await startPortal());
    const [host, guest] = await Promise.all([Person.arrive('host'), Person.arrive('guest')]);
    const session = new Session(portal, host, guest);
    try {
      await session.#open(role, name, workflow, options);
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  async #open(role: string, name: string, workflow: JsonObject, { hostAt, join }: SessionOptions): Promise<void> {
    const { host, guest, portal } = this;
    await host.open(hostAt ?? portal.url);
    await host.openWorkflow(name, workflow);
    const own = await host.serialized();
    await host.page.getByRole('button', { name: 'Start session' }).click();
    await host.until('hosting');
    assert.deepEqual(compareGraphs(own, await host.serialized()), [], 'S7: starting altered the workflow');
    const field = host.page.getByRole('textbox', { name: 'Invite link' });
    await field.waitFor();
    if (role !== 'view') await host.page.getByRole('radio', { name: role, exact: true }).check({ force: true });
    const link = await field.inputValue();
    await host.page.keyboard.press('Escape');
    await (join ?? ((person, url) => person.open(url)))(guest, link);
    await guest.until('guest');
    await this.agreed();
  }

  /** Both sides' pages at once. */
  both<T>(act: (person: Person) => Promise<T>): Promise<[T, T]> {
    return Promise.all([act(this.host), act(this.guest)]);
  }

  /**
   * Waits until nothing is on its way and both editors show the same workflow.
   * @throws with the differences, if that does not come about in time.
   */
  async agreed(options: CompareOptions = {}): Promise<JsonObject> {
    const began = performance.now();
    for (;;) {
      const trouble = await this.#stoodStill(began + AGREE_MS);
      const [a, b] = await this.both((person) => person.serialized());
      const differences = compareGraphs(a, b, options);
      if (differences.length === 0 && trouble === null) {
        this.slowestMs = Math.max(this.slowestMs, performance.now() - began);
        return a;
      }
      if (performance.now() > began + AGREE_MS)
        assert.fail(`Host and guest differ:\n${[...differences, trouble ?? 'Nothing is on its way.'].join('\n')}`);
    }
  }

  /** @returns null, or what had not settled by the deadline. */
  async #stoodStill(deadline: number): Promise<string | null> {
    let before = '';
    for (let still = 0; still < STILL_LOOKS; ) {
      const looks = await this.both((person) => person.page.evaluate(look));
      const now = JSON.stringify(looks);
      const settled = isSettled(looks);
      still = now === before && settled ? still + 1 : 0;
      before = now;
      if (!settled && performance.now() > deadline) return `They do not settle: ${now}`;
      await delay(LOOK_MS);
    }
    return null;
  }

  async close(): Promise<void> {
    await Promise.all([this.host.leave(), this.guest.leave()]);
    await this.portal.close();
  }
}

function isSettled([host, guest]: readonly [Look, Look]): boolean {
  if (host.pending > 0 || guest.pending > 0) return false;
  return host.seq === host.room && guest.seq === host.room && host.hash === guest.hash;
}

function look(): Look {
  const mesh = window.nexusMesh;
  if (!mesh?.session || !mesh.binding) return { pending: -1, seq: -1, room: -1, hash: '' };
  mesh.binding.flush();
  const { replica } = mesh.session;
  const { pending } = replica.unconfirmed;
  return { pending, seq: replica.seq, room: mesh.hosting?.room.seq ?? -1, hash: replica.document.hash.hex };
}
