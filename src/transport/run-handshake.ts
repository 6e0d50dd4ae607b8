/**
 * Drives the steps of handshake.ts over a pipe with a deadline. Each message either brings the next state or ends it, so nobody
 * can send more than the few that there are; until it is done nothing else listens to the peer (T4).
 */
import type { Unsubscribe } from '../protocol/connection.ts';
import { asMeshError, MeshError } from '../protocol/errors.ts';
import type {
  GuestHandshakeMessage as GuestMessage,
  HostHandshakeMessage as HostMessage,
} from '../protocol/handshake-messages.ts';
import {
  decodeControl,
  encodeControl,
  GuestHandshakeMessage,
  HostHandshakeMessage,
} from '../protocol/handshake-messages.ts';
import type { BytePipe } from './byte-pipe.ts';
import type { Clock } from './environment.ts';
import type { Agreed, GuestContext, GuestState, HostContext, HostState, Step } from './handshake.ts';
import { guestStart, guestStep, hostStep } from './handshake.ts';

export interface HandshakeTiming {
  readonly clock: Clock;
  readonly deadlineMs: number;
}

type AnyState = GuestState | HostState;
type AnyMessage = GuestMessage | HostMessage;

export function runGuestHandshake(pipe: BytePipe, context: GuestContext, timing: HandshakeTiming): Promise<Agreed> {
  const start = guestStart(context);
  const step = (state: GuestState, data: Uint8Array) =>
    guestStep(state, decodeControl(HostHandshakeMessage, data), context);
  return drive<GuestState>(pipe, start, step, timing);
}

export function runHostHandshake(pipe: BytePipe, context: HostContext, timing: HandshakeTiming): Promise<Agreed> {
  const start: Step<HostState, HostMessage> = { state: { at: 'waiting-hello' }, send: null };
  const step = (state: HostState, data: Uint8Array) =>
    hostStep(state, decodeControl(GuestHandshakeMessage, data), context);
  const refuse = (error: MeshError) => {
    pipe.send(encodeControl({ t: 'refused', code: error.code, reason: error.message.slice(0, 300) }));
  };
  return drive<HostState>(pipe, start, step, timing, refuse);
}

function drive<State extends AnyState>(
  pipe: BytePipe,
  start: Step<State, AnyMessage>,
  step: (state: State, data: Uint8Array) => Step<State, AnyMessage>,
  timing: HandshakeTiming,
  refuse?: (error: MeshError) => void,
): Promise<Agreed> {
  const disposers: Unsubscribe[] = [];
  let { state } = start;
  let isOver = false;
  const running = new Promise<Agreed>((resolve, reject) => {
    const fail = (thrown: unknown) => {
      isOver = true;
      const error = asMeshError(thrown, 'handshake-malformed');
      refuse?.(error);
      reject(error);
    };
    const receive = (data: Uint8Array) => {
      if (isOver) return;
      try {
        const next = step(state, data);
        state = next.state;
        if (next.send) pipe.send(encodeControl(next.send));
        if (state.at !== 'admitted') return;
        isOver = true;
        resolve(state.agreed);
      } catch (thrown) {
        fail(thrown);
      }
    };
    disposers.push(timing.clock.after(timing.deadlineMs, () => fail(tooLate(timing.deadlineMs))));
    disposers.push(pipe.onMessage(receive));
    disposers.push(pipe.onClose((reason) => reject(new MeshError('link-lost', reason.reason))));
    if (start.send) pipe.send(encodeControl(start.send));
  });
  return running.finally(() => {
    for (const dispose of disposers) dispose();
  });
}

function tooLate(deadlineMs: number): MeshError {
  return new MeshError(
    'handshake-timeout',
    `The other side did not prove who it is within ${deadlineMs / 1000} seconds.`,
  );
}
