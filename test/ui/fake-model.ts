import type { HostingPhase, Invite, MeshActions, MeshModel, MeshState, Person } from '../../src/ui/model.ts';

/** A model that records what was asked and shows whatever state it is given. */
export interface FakeModel extends MeshModel {
  state: MeshState;
  readonly calls: unknown[][];
  set(patch: Partial<MeshState>): void;
}

export const idle: MeshState = {
  phase: { kind: 'idle' },
  me: { name: 'Heron', color: 0 },
  people: [],
  grantable: [],
  notices: [],
  refusal: null,
};

export function person(patch: Partial<Person> & Pick<Person, 'id' | 'name'>): Person {
  return { color: 0, role: 'guest', editor: false, queue: false, you: false, status: 'online', ...patch };
}

export const invite: Invite = {
  id: 'i1',
  link: 'http://127.0.0.1:8787/#r=6n0b3kq2c1&i=1&k=Zr3vT0eB8mUu2q',
  role: 'view',
  lifetimeMs: 24 * 3_600_000,
  expiresAtMs: null,
  timesUsed: 0,
};

export function hosting(patch: Partial<HostingPhase> = {}): HostingPhase {
  return {
    kind: 'hosting',
    roomName: 'Portrait study',
    resumed: false,
    invite,
    invites: [invite],
    inviteRoles: ['view', 'edit'],
    reach: 'this-computer',
    home: 'portal',
    signaling: 'online',
    saved: 'saved',
    workflow: 'shown',
    ...patch,
  };
}

export function fakeModel(state: Partial<MeshState> = {}, actions: Partial<MeshActions> = {}): FakeModel {
  const listeners = new Set<() => void>();
  const calls: unknown[][] = [];
  const record =
    (name: string) =>
    (...args: unknown[]): void => {
      calls.push([name, ...args]);
    };
  const model: FakeModel = {
    state: { ...idle, ...state },
    calls,
    actions: {
      startSession: record('startSession'),
      endSession: record('endSession'),
      leaveSession: record('leaveSession'),
      join: record('join'),
      retryJoin: record('retryJoin'),
      setInviteRole: record('setInviteRole'),
      setInviteLifetime: record('setInviteLifetime'),
      newInvite: record('newInvite'),
      revokeInvite: record('revokeInvite'),
      setGrant: record('setGrant'),
      askToEdit: record('askToEdit'),
      showWorkflow: record('showWorkflow'),
      rename: record('rename'),
      dismissRefusal: () => {
        calls.push(['dismissRefusal']);
        model.set({ refusal: null });
      },
      ...actions,
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    set(patch) {
      model.state = { ...model.state, ...patch };
      for (const listener of [...listeners]) listener();
    },
  };
  return model;
}
