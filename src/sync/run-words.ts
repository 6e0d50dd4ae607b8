import { MAX_EVENT_LENGTH, type RunEvent } from '../protocol/run-messages.ts';
import { isRecord } from './node-risks.ts';

export function eventText(type: RunEvent['type'], data: Readonly<Record<string, unknown>>): string {
  if (type !== 'execution_error') return JSON.stringify(data);
  const told = errorForGuests(data);
  const whole = JSON.stringify(told);
  return whole.length <= MAX_EVENT_LENGTH ? whole : JSON.stringify({ ...told, traceback: [] });
}

/** Inputs of the failed node can be whole pictures, and the host's keys to paid services; its places in the disk are the host's, too. */
function errorForGuests(data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const traceback = Array.isArray(data.traceback) ? data.traceback.map((line) => withoutFolders(wordsOf(line))) : [];
  return { ...data, current_inputs: {}, current_outputs: [], traceback };
}

/** A line of Python's traceback, with the file's name alone. */
function withoutFolders(line: string): string {
  return line.replace(/File "[^"]*[\\/]([^"\\/]+)"/g, 'File "$1"');
}

/** A job of ComfyUI's list, or one with all its details, without what is the host's own: keys, client, errors' inputs. */
export function jobForGuests(job: unknown): unknown {
  if (!isRecord(job)) return null;
  const { execution_error: error, execution_status: status, workflow, ...rest } = job;
  return {
    ...rest,
    ...(error === undefined ? {} : { execution_error: isRecord(error) ? errorForGuests(error) : null }),
    ...(isRecord(status) ? { execution_status: { ...status, messages: messagesForGuests(status.messages) } } : {}),
    ...(isRecord(workflow) ? { workflow: workflowForGuests(workflow) } : {}),
  };
}

function messagesForGuests(messages: unknown): unknown[] {
  const all: unknown[] = Array.isArray(messages) ? messages : [];
  return all.filter(Array.isArray).map(([type, data]) => {
    return [type, type === 'execution_error' && isRecord(data) ? errorForGuests(data) : data];
  });
}

function workflowForGuests({ prompt, extra_data }: Readonly<Record<string, unknown>>): unknown {
  const { extra_pnginfo } = isRecord(extra_data) ? extra_data : {};
  return { prompt, extra_data: extra_pnginfo === undefined ? {} : { extra_pnginfo } };
}

/** The last part of a path, in characters that every file system takes, with the ending of what it really is. */
export function safeName(filename: string, endings: readonly string[]): string {
  const last = filename.replace(/^.*[/\\]/, '');
  const [, stem = last, ending = ''] = /^(.*)\.([^.]*)$/.exec(last) ?? [];
  const clean =
    stem
      .replace(/[^\p{L}\p{N} _().-]/gu, '_')
      .replace(/^[. ]+/, '')
      .slice(0, 120)
      .trim() || 'picture';
  return `${clean}.${endings.includes(ending.toLowerCase()) ? ending.toLowerCase() : endings[0]}`;
}

/** In one line what ComfyUI finds wrong: of the first node that it names, else of the whole. */
export function whyInvalid(body: unknown): string {
  const { error, node_errors } = isRecord(body) ? body : {};
  const [[id, node] = []] = isRecord(node_errors) ? Object.entries(node_errors) : [];
  const [first] = isRecord(node) && Array.isArray(node.errors) ? (node.errors as unknown[]) : [];
  const words = isRecord(first) ? `${wordsOf(first.message)} ${wordsOf(first.details)}`.trim() : '';
  if (id !== undefined && isRecord(node) && words !== '') return `#${id} ${wordsOf(node.class_type)}: ${words}`;
  return (isRecord(error) ? wordsOf(error.message) : wordsOf(error)) || 'ComfyUI did not take it.';
}

function wordsOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
