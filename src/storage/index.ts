export type { ClaimEnvironment, ClaimResult, RoomClaim } from './claim.ts';
export { claimedRooms, claimRoom } from './claim.ts';
export { createMemoryStorage } from './memory-storage.ts';
export { openStorage, openStorageOrMemory } from './open-storage.ts';
export type * from './types.ts';
export { STORAGE_DEFAULTS } from './types.ts';
