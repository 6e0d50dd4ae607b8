import { MeshError } from '../protocol/errors.ts';

/** Asks that wait for their answer. */
const MAX_WAITING = 50;

interface Waiting<A> {
  resolve(answer: A): void;
  reject(error: MeshError): void;
}

/** What a page has asked the host and is to be answered, by the page's own numbers. */
export class Asks<A extends { readonly ask: number }> {
  readonly #waiting = new Map<number, Waiting<A>>();
  #last = 0;
  #isLinked = false;

  linked(): void {
    this.#isLinked = true;
  }

  linkLost(): void {
    this.#isLinked = false;
    const lost = new MeshError('link-lost', 'The connection was lost before the host answered. Try again.');
    for (const { reject } of this.#waiting.values()) reject(lost);
    this.#waiting.clear();
  }

  /** Rejects only when there is no link, or it is lost before the answer. */
  ask(send: (ask: number) => void): Promise<A> {
    if (!this.#isLinked) return Promise.reject(new MeshError('link-lost', 'The host is away. Try again in a moment.'));
    if (this.#waiting.size >= MAX_WAITING) return Promise.reject(new MeshError('busy', 'Wait for the host first.'));
    const ask = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(ask, { resolve, reject });
      send(ask);
    });
  }

  answered(answer: A): void {
    const waiting = this.#waiting.get(answer.ask);
    this.#waiting.delete(answer.ask);
    waiting?.resolve(answer);
  }
}
