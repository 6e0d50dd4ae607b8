/** Our connection with nothing on it: what framing, queues and limits alone cost. */
import type { Connection } from '../../../../src/protocol/connection.ts';
import { enterDoor, openDoor } from './our-link.ts';
import { Answer, roundTrips } from './samples.ts';

const PING_BYTES = 64;

export class LinkEcho {
  readonly #answer = new Answer();
  #connection: Connection | undefined;

  /** @returns the invite link. */
  async open(signaling: string): Promise<string> {
    const { link } = await openDoor(signaling, (connection) => {
      connection.onMessage((channel, bytes) => connection.send(channel, bytes));
    });
    return link;
  }

  enter(signaling: string, link: string): Promise<void> {
    return new Promise((resolve) => {
      enterDoor(signaling, link, (connection) => {
        this.#connection = connection;
        connection.onMessage(() => this.#answer.arrived());
        resolve();
      });
    });
  }

  roundTrips(count: number): Promise<number[]> {
    const ping = new Uint8Array(PING_BYTES);
    return roundTrips(count, this.#answer, () => this.#connection?.send('document', ping));
  }
}
