/** What the endpoint counts of itself, as Prometheus reads it: https://prometheus.io/docs/instrumenting/exposition_formats/ */

/** Its value at this moment. */
interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly value: number;
}

const COUNTERS = {
  nexus_signaling_connections_total: 'Sockets that were let in.',
  nexus_signaling_refused_total: 'Sockets that were refused, by reason.',
  nexus_signaling_closed_total: 'Sockets that ended, by close code.',
  nexus_signaling_messages_total: 'Messages passed on, by type and where to.',
  nexus_signaling_expired_total: 'Messages whose destination did not come in time.',
  nexus_signaling_turn_credentials_total: 'TURN credentials handed out.',
} as const;

export type Counter = keyof typeof COUNTERS;

export class Metrics {
  /** By counter, then by its labels as they are written. The labels are ours, so there are few. */
  readonly #counts = new Map<Counter, Map<string, number>>();

  count(counter: Counter, labels = '', by = 1): void {
    const series = this.#counts.get(counter) ?? new Map<string, number>();
    this.#counts.set(counter, series.set(labels, (series.get(labels) ?? 0) + by));
  }

  text(gauges: readonly Gauge[]): string {
    const lines: string[] = [];
    for (const [name, help] of Object.entries(COUNTERS)) {
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} counter`);
      const series = this.#counts.get(name as Counter) ?? new Map([['', 0]]);
      for (const [labels, value] of series) lines.push(`${name}${labels && `{${labels}}`} ${value}`);
    }
    for (const { name, help, value } of [...gauges, ...ownProcess()]) {
      lines.push(
        `# HELP ${name} ${help}`,
        `# TYPE ${name} ${name.endsWith('_total') ? 'counter' : 'gauge'}`,
        `${name} ${value}`,
      );
    }
    return `${lines.join('\n')}\n`;
  }
}

/** Under the names that every Prometheus client library gives them. */
function ownProcess(): Gauge[] {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  return [
    { name: 'process_cpu_seconds_total', help: 'User and system time.', value: (user + system) / 1e6 },
    { name: 'process_resident_memory_bytes', help: 'Resident memory.', value: rss },
    { name: 'nodejs_heap_size_used_bytes', help: 'Heap in use.', value: heapUsed },
  ];
}
