/** The baseline below everything: one RTCDataChannel, nothing on top. */
import { Answer, roundTrips } from './samples.ts';

const PING_BYTES = 64;
const CHUNK_BYTES = 64 * 1024;
/** As much as is queued while streaming. */
const HIGH_WATER_BYTES = 1024 * 1024;
const CHANNEL: RTCDataChannelInit = { negotiated: true, id: 7, ordered: true };

export class RawPeer {
  readonly #connection = new RTCPeerConnection({ iceServers: [] });
  readonly #channel = this.#connection.createDataChannel('raw', CHANNEL);
  readonly #answer = new Answer();
  #received = 0;
  #expected = 0;

  constructor() {
    this.#channel.binaryType = 'arraybuffer';
    this.#channel.bufferedAmountLowThreshold = HIGH_WATER_BYTES / 2;
  }

  async offer(): Promise<string> {
    await this.#connection.setLocalDescription(await this.#connection.createOffer());
    return this.#description();
  }

  async answer(offer: string): Promise<string> {
    await this.#connection.setRemoteDescription({ type: 'offer', sdp: offer });
    await this.#connection.setLocalDescription(await this.#connection.createAnswer());
    this.#channel.onmessage = ({ data }) => this.#echo(data as ArrayBuffer);
    return this.#description();
  }

  async accept(answer: string): Promise<void> {
    const opened = new Promise((resolve) => this.#channel.addEventListener('open', resolve, { once: true }));
    await this.#connection.setRemoteDescription({ type: 'answer', sdp: answer });
    await opened;
    this.#channel.onmessage = () => this.#answer.arrived();
  }

  roundTrips(count: number): Promise<number[]> {
    const ping = new Uint8Array(PING_BYTES);
    return roundTrips(count, this.#answer, () => this.#channel.send(ping));
  }

  /** MB/s, until the other side has said that it has everything. */
  async throughput(totalBytes: number): Promise<number> {
    const chunk = new Uint8Array(CHUNK_BYTES);
    const chunks = Math.ceil(totalBytes / CHUNK_BYTES);
    const done = this.#answer.next();
    const began = performance.now();
    this.#channel.send(new Float64Array([chunks * CHUNK_BYTES]));
    for (let index = 0; index < chunks; index++) {
      if (this.#channel.bufferedAmount > HIGH_WATER_BYTES) await this.#drained();
      this.#channel.send(chunk);
    }
    await done;
    return (chunks * CHUNK_BYTES) / 1e3 / (performance.now() - began);
  }

  /** A ping comes back at once; 8 bytes announce a stream of that length, of which only the end is answered. */
  #echo(data: ArrayBuffer): void {
    if (data.byteLength === PING_BYTES) return this.#channel.send(data);
    if (data.byteLength === 8) {
      this.#expected = new Float64Array(data)[0]!;
      this.#received = 0;
      return;
    }
    this.#received += data.byteLength;
    if (this.#received >= this.#expected) this.#channel.send(new Uint8Array(1));
  }

  #drained(): Promise<unknown> {
    return new Promise((resolve) => this.#channel.addEventListener('bufferedamountlow', resolve, { once: true }));
  }

  async #description(): Promise<string> {
    if (this.#connection.iceGatheringState !== 'complete') {
      await new Promise<void>((resolve) => {
        this.#connection.onicegatheringstatechange = () => {
          if (this.#connection.iceGatheringState === 'complete') resolve();
        };
      });
    }
    return this.#connection.localDescription!.sdp;
  }
}
