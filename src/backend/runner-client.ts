import type { RunJob, RunOutcome } from './runner.ts';
import type { FromWorker, RunnerFiles, ToWorker, WorkerCall } from './runner-protocol.ts';

/** What the queue drives: one job at a time. */
export interface JobRunner {
  run(job: RunJob): Promise<RunOutcome>;
  interrupt(): void;
  free(): void;
  close(): void;
}

export type EmitEvent = (type: string, data: Readonly<Record<string, unknown>>) => void;

/** Starts the worker at the first job, and again after it broke. */
export function workerRunner(createWorker: () => Worker, files: RunnerFiles, emit: EmitEvent): JobRunner {
  let worker: Worker | null = null;
  let current: { job: RunJob; finish(outcome: RunOutcome): void } | null = null;

  const post = (message: ToWorker): void => worker?.postMessage(message);

  function start(): void {
    worker = createWorker();
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (data.kind === 'event') emit(data.type, data.data);
      else if (data.kind === 'done') settle(data.outcome);
      else void answer(data.id, data.call);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      broken(event.message || 'the worker could not be started.');
    };
  }

  function settle(outcome: RunOutcome): void {
    const finished = current;
    current = null;
    finished?.finish(outcome);
  }

  /** Out of memory, or the script is missing: the job fails by name and the next one gets a new worker. */
  function broken(reason: string): void {
    worker?.terminate();
    worker = null;
    if (!current) return;
    const { promptId } = current.job;
    const message = {
      prompt_id: promptId,
      node_id: current.job.outputs[0] ?? '',
      node_type: '',
      executed: [],
      exception_message: `The portal's built-in runner stopped: ${reason}`,
      exception_type: 'RunnerError',
      traceback: [],
      timestamp: Date.now(),
    };
    emit('execution_error', message);
    settle({ status: 'error', outputs: {}, meta: {}, messages: [['execution_error', message]] });
  }

  async function answer(id: number, call: WorkerCall): Promise<void> {
    try {
      post({ kind: 'answer', id, value: await carryOut(files, call) });
    } catch (error) {
      post({ kind: 'refused', id, message: error instanceof Error ? error.message : String(error) });
    }
  }

  return {
    run(job) {
      if (!worker) start();
      return new Promise((finish) => {
        current = { job, finish };
        post({ kind: 'run', job });
      });
    },
    interrupt: () => post({ kind: 'interrupt' }),
    free: () => post({ kind: 'free' }),
    close() {
      worker?.terminate();
      worker = null;
    },
  };
}

function carryOut(files: RunnerFiles, call: WorkerCall): Promise<unknown> {
  switch (call.name) {
    case 'readImage':
      return files.readImage(call.file);
    case 'imageVersion':
      return files.imageVersion(call.file);
    case 'saveImage':
      return files.saveImage(call.area, call.prefix, call.width, call.height, call.png);
  }
}
