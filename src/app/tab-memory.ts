import { fromBase64Url, systemRandom, toBase64Url } from '../transport/index.ts';

/**
 * What one tab keeps over its own reload or crash, in sessionStorage: it is written at once, also while the page is being
 * closed, which IndexedDB does not promise.
 */
const CLIENT = 'nexus-mesh.client';
const HOSTED = 'nexus-mesh.room';
const KEPT_COPY = 'nexus-mesh.copy';
const OWN_WORK = 'nexus-mesh.work.';
const RUNS = 'nexus-mesh.runs.';
const ANSWERED = 'nexus-mesh.answered';
const CLIENT_BYTES = 12;

/** This page's name in a room, the same after a reload. A duplicated tab gets one of its own. */
export function tabClient(room: string): string {
  const key = `${CLIENT}.${room}`;
  const navigation = performance.getEntriesByType('navigation')[0] as PerformanceNavigationTiming | undefined;
  const isSameTab = navigation?.type === 'reload' || navigation?.type === 'back_forward';
  const kept = isSameTab ? read(key) : null;
  const client = kept ?? toBase64Url(systemRandom(CLIENT_BYTES));
  write(key, client);
  return client;
}

/** The room that this tab hosts, and resumes when it comes back. */
export function hostedRoom(): string | null {
  return read(HOSTED);
}

export function setHostedRoom(room: string | null): void {
  write(HOSTED, room);
}

/** An offer that this tab came in by is used: after a reload it looks for the host in the usual way. */
export function setAnswered(offer: Uint8Array): void {
  write(ANSWERED, toBase64Url(offer));
}

export function wasAnswered(offer: Uint8Array): boolean {
  return read(ANSWERED) === toBase64Url(offer);
}

/** A copy that was kept on leaving, to be told of when the person's own portal is there. */
export function setKeptCopy(name: string): void {
  write(KEPT_COPY, name);
}

/** Told once. */
export function takeKeptCopy(): string | null {
  const name = read(KEPT_COPY);
  if (name !== null) write(KEPT_COPY, null);
  return name;
}

/** Edits that the host of a room has not saved. */
export function readOwnWork(room: string): Uint8Array | undefined {
  const text = read(OWN_WORK + room);
  return text === null ? undefined : fromBase64Url(text);
}

/** @returns false when the tab could not keep it. */
export function writeOwnWork(room: string, work: Uint8Array | null): boolean {
  return write(OWN_WORK + room, work && toBase64Url(work));
}

/** What ran in a room that this tab hosts, as JSON. */
export function readRuns(room: string): string | null {
  return read(RUNS + room);
}

export function writeRuns(room: string, json: string): void {
  write(RUNS + room, json);
}

function read(key: string): string | null {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string | null): boolean {
  try {
    if (value === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, value);
    return true;
  } catch {
    return false;
  }
}
