/** Host, editor and viewer in one session: three browser processes on the portal. */
import assert from 'node:assert/strict';
import type { JsonObject } from '../../src/core/json.ts';
import type { PresenceMark } from '../../src/ui/model.ts';
import { type PortalServer, startPortal } from './portal-server.ts';
import { Person } from './session-people.ts';

const WAIT_MS = 10_000;
const LOOK_MS = 40;

export class Trio {
  readonly portal: PortalServer;
  readonly host: Person;
  readonly editor: Person;
  readonly viewer: Person;

  private constructor(portal: PortalServer, [host, editor, viewer]: readonly [Person, Person, Person]) {
    this.portal = portal;
    [this.host, this.editor, this.viewer] = [host, editor, viewer];
  }

  /** Without a workflow it is the portal's own. */
  static async start(workflow?: JsonObject): Promise<Trio> {
    const portal = await startPortal();
    const people = await Promise.all([Person.arrive('host'), Person.arrive('editor'), Person.arrive('viewer')]);
    const trio = new Trio(portal, people);
    try {
      await trio.#open(workflow);
      return trio;
    } catch (error) {
      await trio.close();
      throw error;
    }
  }

  get all(): readonly [Person, Person, Person] {
    return [this.host, this.editor, this.viewer];
  }

  async #open(workflow?: JsonObject): Promise<void> {
    const { host, editor, viewer, portal } = this;
    await host.open(portal.url);
    await host.waitUntil('window.comfyAPI.app.app.rootGraph._nodes.length > 0');
    if (workflow) await host.openWorkflow('shared', workflow);
    await host.page.getByRole('button', { name: 'Start session' }).click();
    await host.until('hosting');
    // An invite that nobody has used changes its role in place.
    await join(viewer, await this.#link('view'));
    await join(editor, await this.#link('edit'));
    await host.page.keyboard.press('Escape');
    for (const person of this.all) {
      await person.hand.look();
      await person.hand.rest();
    }
  }

  async #link(role: 'view' | 'edit'): Promise<string> {
    const field = this.host.page.getByRole('textbox', { name: 'Invite link' });
    await field.waitFor();
    const before = await field.inputValue();
    if (role === 'view') return before;
    await this.host.page.getByRole('radio', { name: 'edit', exact: true }).check({ force: true });
    await eventually('another link', async () => (await field.inputValue()) !== before);
    return field.inputValue();
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map((person) => person.leave()));
    await this.portal.close();
  }
}

export async function join(person: Person, link: string): Promise<void> {
  await person.open(link);
  await person.until('guest');
  await person.waitUntil('window.nexusMesh.presence && window.nexusMesh.state.chat');
}

export async function eventually(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  while (!(await isSo())) {
    assert.ok(performance.now() < deadline, `waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Marks that this person's screen shows now, from the source that the layer of cursors draws. */
export async function marks(person: Person): Promise<PresenceMark[]> {
  const frame = 'JSON.stringify(window.nexusMesh?.presence?.frame(performance.now()).marks ?? [])';
  return JSON.parse((await person.page.evaluate(frame)) as string) as PresenceMark[];
}
