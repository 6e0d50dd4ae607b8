import { MeshError } from '../protocol/errors.ts';
import { openStorageOrMemory, type Storage, type StoredIdentity } from '../storage/index.ts';
import { createKeyPair, type KeyPair, keyPairFrom, systemRandom } from '../transport/index.ts';
import { PEOPLE } from '../ui/index.ts';
import { friendlyName } from './names.ts';

/** This browser's person and where their things are kept. */
export interface Profile {
  readonly storage: Storage;
  readonly keys: KeyPair;
  readonly name: string;
  /** Index into the people's colours. */
  readonly color: number;
  /** Why nothing can be kept in this browser, when that is so. */
  readonly trouble: MeshError | null;
}

export async function openProfile(): Promise<Profile> {
  const { storage, trouble } = await openStorageOrMemory();
  const identity = await storage.identity(newIdentity);
  return {
    storage,
    keys: keyPairFrom(identity.secretKey),
    name: identity.name,
    color: Number(identity.color) || 0,
    trouble,
  };
}

export async function saveName(profile: Profile, name: string): Promise<Profile> {
  const trimmed = name.trim();
  if (trimmed === '') throw new MeshError('closed', 'A name needs at least one visible character.');
  const identity = await profile.storage.identity(newIdentity);
  await profile.storage.saveIdentity({ ...identity, name: trimmed });
  return { ...profile, name: trimmed };
}

/** @param color index into the people's colours. */
export async function saveColor(profile: Profile, color: number): Promise<Profile> {
  const identity = await profile.storage.identity(newIdentity);
  await profile.storage.saveIdentity({ ...identity, color: String(color) });
  return { ...profile, color };
}

function newIdentity(): StoredIdentity {
  const [chance = 0] = systemRandom(1);
  return {
    secretKey: createKeyPair().secretKey,
    name: friendlyName(systemRandom),
    color: String(chance % PEOPLE.length),
    createdAt: Date.now(),
  };
}
