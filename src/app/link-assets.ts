import { BULK_ASSET, tagged } from '../protocol/bulk.ts';
import { type Clock, systemClock } from '../protocol/clock.ts';
import type { Connection } from '../protocol/connection.ts';
import { asMeshError } from '../protocol/errors.ts';
import { AssetExchange, type AssetSource, type PartialAssets } from '../transfer/index.ts';

/** The exchange of assets on a connection's bulk channel, until the connection closes. */
export function exchangeAssets(
  connection: Connection,
  source: AssetSource,
  partials?: PartialAssets,
  clock: Clock = systemClock,
): AssetExchange {
  const exchange = new AssetExchange({
    send: (message) => connection.send('bulk', tagged(BULK_ASSET, message)),
    drained: () => connection.drained('bulk'),
    source,
    clock,
    partials,
  });
  connection.onMessage((channel, bytes) => {
    if (channel !== 'bulk' || bytes[0] !== BULK_ASSET) return;
    try {
      exchange.receive(bytes.subarray(1));
    } catch (thrown) {
      connection.close(asMeshError(thrown, 'protocol-fault').toCloseReason());
    }
  });
  connection.onClose(({ reason }) => exchange.close(asMeshError(new Error(reason), 'link-lost')));
  return exchange;
}
