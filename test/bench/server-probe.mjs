/** Loaded into a server before anything else (`--import`): tells its parent what it has used so far. */
process.on('message', (ask) => {
  if (ask === 'cpu') {
    const { user, system } = process.cpuUsage();
    process.send?.(user + system);
  } else if (ask === 'memory') {
    globalThis.gc?.();
    const { heapUsed, external, rss } = process.memoryUsage();
    process.send?.({ heap: heapUsed + external, rss });
  }
});
