export type { AssetProgress } from './asset-fetch.ts';
export type { AssetExchangeOptions, AssetSource, FetchOptions } from './assets.ts';
export { AssetExchange } from './assets.ts';
export { gunzip, gzip } from './gzip.ts';
export { PartialAssets } from './partial-assets.ts';
export { Swarm, type SwarmOptions } from './swarm.ts';
export { SwarmHost, type SwarmPort } from './swarm-host.ts';
