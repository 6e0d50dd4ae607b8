/** Wraps methods of the frontend's classes and takes the wrapping off again, also when somebody wrapped ours meanwhile. */
export class Patches {
  readonly #undo: (() => void)[] = [];

  /**
   * @param wrap gets the method as it was; called as a method of the object.
   * @returns false when there is no such method.
   */
  method<T extends object, K extends keyof T & string>(
    owner: T,
    name: K,
    wrap: (original: (...args: unknown[]) => unknown, self: T, args: unknown[]) => unknown,
  ): boolean {
    const original = owner[name];
    if (typeof original !== 'function') return false;
    const own = Object.getOwnPropertyDescriptor(owner, name);
    let active = true;
    const patched = function (this: T, ...args: unknown[]): unknown {
      if (!active) return original.apply(this, args);
      return wrap((...given) => original.apply(this, given), this, args);
    };
    Object.defineProperty(owner, name, {
      value: patched,
      configurable: true,
      writable: true,
      enumerable: own?.enumerable ?? false,
    });
    this.#undo.push(() => {
      active = false;
      if (owner[name] !== (patched as unknown)) return;
      if (own) Object.defineProperty(owner, name, own);
      else delete (owner as Record<string, unknown>)[name];
    });
    return true;
  }

  /** Wraps a getter of a class. The setter stays. */
  getter<T extends object, V>(owner: T, name: string, wrap: (value: V, self: T) => V): boolean {
    const own = Object.getOwnPropertyDescriptor(owner, name);
    if (!own?.get || !own.configurable) return false;
    const { get } = own;
    let active = true;
    const patched = function (this: T): V {
      const value = get.call(this) as V;
      return active ? wrap(value, this) : value;
    };
    Object.defineProperty(owner, name, { ...own, get: patched });
    this.#undo.push(() => {
      active = false;
      if (Object.getOwnPropertyDescriptor(owner, name)?.get === patched) Object.defineProperty(owner, name, own);
    });
    return true;
  }

  /** Takes every wrapping off, last first. */
  close(): void {
    for (const undo of this.#undo.splice(0).reverse()) undo();
  }
}
