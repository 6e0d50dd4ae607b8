/** One channel of a link as the browser gives it: frames out, frames in, and how full its buffer is. */
export interface ChannelPort {
  /** Bytes that the browser holds and has not sent yet. */
  readonly bufferedBytes: number;
  /** Throws when the channel is not open. */
  send(frame: Uint8Array<ArrayBuffer>): void;
  /** One listener; frames that come before there is one are held, up to a cap. */
  onFrame(listener: (frame: Uint8Array) => void): void;
  /** Called whenever `bufferedBytes` falls to `lowWaterBytes`. One listener. */
  onLow(lowWaterBytes: number, listener: () => void): void;
}
