import { MAX_EVENT_LENGTH, type RunEvent } from '../protocol/run-messages.ts';

/** What a failed node had for inputs can be whole pictures; who made the error still sees the words. */
export function eventText(type: RunEvent['type'], data: Readonly<Record<string, unknown>>): string {
  const whole = JSON.stringify(data);
  if (type !== 'execution_error' || whole.length <= MAX_EVENT_LENGTH) return whole;
  return JSON.stringify({ ...data, current_inputs: {}, current_outputs: [], traceback: [] });
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

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
