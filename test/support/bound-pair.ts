import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import type { JsonObject } from '../../src/core/json.ts';
import { launchBrowser } from './browser.ts';
import { type CompareOptions, compareGraphs } from './compare-graphs.ts';
import { Hand, type Renderer } from './frontend-hand.ts';
import { connectPages, type FrontendPage, loadWorkflow, openFrontend, serialized, settle } from './frontend-page.ts';
import { type PortalServer, startPortal } from './portal-server.ts';

export interface PairOptions {
  readonly workflow?: JsonObject;
  /** An expression that builds the host's workflow, with `root` and `make(type, x, y)` at hand. */
  readonly build?: string;
  readonly withoutInternals?: boolean;
  /** The host's and the guest's. */
  readonly renderers?: readonly [Renderer, Renderer];
}

/** Two pages of the real frontend, bound to one workflow through a relay: host and guest. */
export class BoundPair {
  readonly host: Hand;
  readonly guest: Hand;
  readonly pages: readonly [FrontendPage, FrontendPage];
  readonly #browser: Browser;
  readonly #portal: PortalServer;

  private constructor(browser: Browser, portal: PortalServer, pages: readonly [FrontendPage, FrontendPage]) {
    this.#browser = browser;
    this.#portal = portal;
    this.pages = pages;
    this.host = new Hand(pages[0].page);
    this.guest = new Hand(pages[1].page);
  }

  static async open(options: PairOptions = {}): Promise<BoundPair> {
    const portal = await startPortal();
    const browser = await launchBrowser();
    const without = { withoutInternals: options.withoutInternals };
    const pages = [
      await openFrontend(browser, portal.url, without),
      await openFrontend(browser, portal.url, without),
    ] as const;
    const pair = new BoundPair(browser, portal, pages);
    await pair.host.renderer(options.renderers?.[0] ?? 'classic');
    await pair.guest.renderer(options.renderers?.[1] ?? 'classic');
    if (options.build) await pair.host.run(buildExpression(options.build));
    await pages[0].page.waitForTimeout(300);
    await connectPages(...pages, options.workflow);
    await pair.host.look(80, 180);
    await pair.guest.look(80, 180);
    return pair;
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.#portal.close();
  }

  /** Opens another workflow for both, and binds them to that one. */
  async share(workflow: JsonObject): Promise<void> {
    const [host, guest] = this.pages;
    // Else the load would be the host's edit of the workflow before.
    for (const { page } of this.pages) await page.evaluate(() => window.harness.binding?.close());
    await loadWorkflow(host, workflow);
    const shared = await host.page.evaluate(() => JSON.stringify(window.harness.host(1)));
    await guest.page.evaluate((json) => window.harness.join(2, JSON.parse(json)), shared);
  }

  /** Makes the workflow anew, as an edit of the host's. */
  async build(expression: string): Promise<void> {
    await this.host.run(buildExpression(expression));
    await this.assertEqual();
    for (const hand of [this.host, this.guest]) await hand.look(80, 180);
  }

  settle(): Promise<void> {
    return settle(...this.pages);
  }

  /** Both editors, and both documents, hold the same workflow, and nothing went wrong on the way. */
  async assertEqual(options: CompareOptions = {}): Promise<void> {
    await this.settle();
    const [a, b] = [await serialized(this.pages[0]), await serialized(this.pages[1])];
    assert.deepEqual(compareGraphs(a, b, options), [], 'the editors differ');
    for (const [index, shown] of [a, b].entries()) {
      const document = await this.pages[index as 0 | 1].page.evaluate(() => window.harness.document());
      assert.deepEqual(
        compareGraphs(shown, document, { ignoreSizes: true }),
        [],
        'an editor differs from its document',
      );
    }
    for (const { page } of this.pages) assert.deepEqual(await page.evaluate(() => window.harness.errors.splice(0)), []);
  }

  /** What a page has sent since the last call, as `op key field`. */
  sent(who: Hand): Promise<string[]> {
    return who.page.evaluate(() =>
      window.harness.shared.sent
        .splice(0)
        .flat()
        .map((op) => `${op.op} ${op.key}${'field' in op ? ` ${op.field}` : ''}`),
    );
  }

  async idOf(type: string): Promise<string> {
    const node = (await this.host.nodes()).find((one) => one.type === type);
    assert.ok(node, `no ${type} in the graph`);
    return node.id;
  }
}

function buildExpression(body: string): string {
  return `(() => {
    for (const node of [...root._nodes]) root.remove(node);
    for (const group of [...root._groups]) root.remove(group);
    const make = (type, x, y) => { const node = LiteGraph.createNode(type); node.pos = [x, y]; root.add(node); return node; };
    ${body}; return 0; })()`;
}

/** A small graph of image nodes, a sampler and a prompt, spread so that nothing covers anything. */
export const STUDIO = `
  const image = make('EmptyImage', 20, 40), invert = make('ImageInvert', 360, 40), preview = make('PreviewImage', 620, 40);
  make('KSampler', 660, 200); make('CLIPTextEncode', 20, 320); make('ImageScale', 940, 320);
  image.connect(0, invert, 0); invert.connect(0, preview, 0)`;
