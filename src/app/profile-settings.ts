import { COLOR, NAME, type SettingStore } from './comfyui-settings.ts';
import type { MeshApp } from './mesh-app.ts';

/** A name is typed letter by letter, and others are told of the whole one: after this long without a letter, in milliseconds. */
const TYPED_MS = 900;

/** Name and colour in ComfyUI's settings, and as the others know them: a change of either shows in the other. */
export class ProfileSettings {
  readonly #mesh: MeshApp;
  readonly #settings: () => SettingStore | undefined;
  /** The frontend tells of each setting when it is registered, too: that is no wish to change it. */
  #isSetUp = false;
  #typing: ReturnType<typeof setTimeout> | undefined;

  constructor(mesh: MeshApp, settings: () => SettingStore | undefined) {
    this.#mesh = mesh;
    this.#settings = settings;
  }

  setUp(): void {
    this.#show();
    this.#isSetUp = true;
    this.#mesh.subscribe(() => this.#show());
  }

  rename(name: string): void {
    if (!this.#isSetUp || name === this.#mesh.state.me.name) return;
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => {
      this.#typing = undefined;
      if (name !== '') void this.#mesh.actions.rename(name);
      else this.#show();
    }, TYPED_MS);
  }

  recolor(color: number): void {
    if (this.#isSetUp && color !== this.#mesh.state.me.color) void this.#mesh.actions.setColor?.(color);
  }

  #show(): void {
    const store = this.#settings();
    const { name, color } = this.#mesh.state.me;
    if (name === '') return;
    if (this.#typing === undefined && store?.get(NAME) !== name) void store?.set?.(NAME, name);
    if (store?.get(COLOR) !== color) void store?.set?.(COLOR, color);
  }
}
