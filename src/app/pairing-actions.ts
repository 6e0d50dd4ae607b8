import { MeshError } from '../protocol/errors.ts';
import { decodeInviteLink, encodeInviteLink, type HostPairing, type HostTransport } from '../transport/index.ts';
import type { MeshActions } from '../ui/index.ts';

/** Letting one person in by codes that people carry. The newest offer counts; an older one that nobody answered is given up. */
export class PairingActions {
  readonly #transport: () => HostTransport | null;
  readonly #shownLink: () => string | null;
  #pairing: HostPairing | null = null;

  /** @param shownLink the invite that is on show: who comes by the code gets what it gives. */
  constructor(transport: () => HostTransport | null, shownLink: () => string | null) {
    this.#transport = transport;
    this.#shownLink = shownLink;
  }

  readonly actions: Required<Pick<MeshActions, 'makePairingLink' | 'acceptAnswer'>> = {
    makePairingLink: async () => {
      const transport = this.#transport();
      const link = this.#shownLink();
      const invite = link === null ? null : decodeInviteLink(link);
      if (!transport || !link || !invite) throw new MeshError('closed', 'Make an invite link first.');
      this.close();
      this.#pairing = await transport.pair();
      const { roomId, inviteId, secret } = invite;
      return encodeInviteLink(link, { roomId, inviteId, secret, offer: this.#pairing.offer });
    },
    acceptAnswer: async (code) => {
      if (!this.#pairing) throw new MeshError('closed', 'There is no link to answer. Make one first.');
      await this.#pairing.accept(code);
      this.#pairing = null;
    },
  };

  /** The session is over. */
  close(): void {
    this.#pairing?.close();
    this.#pairing = null;
  }
}
