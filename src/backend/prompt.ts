import type { Catalogue, InputSpec, NodeInfo } from './catalogue-types.ts';
import { isRecord } from './settings.ts';

/** A prompt in ComfyUI's API format: node id to type and inputs. */
export interface PromptNode {
  readonly class_type: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}
export type Prompt = Readonly<Record<string, PromptNode>>;
export type Link = readonly [nodeId: string, slot: number];

/** Caps of one prompt: a graph of 10,000 nodes fits. */
export const MAX_PROMPT_NODES = 20_000;

export interface PromptError {
  readonly type: string;
  readonly message: string;
  readonly details: string;
  readonly extra_info: Readonly<Record<string, unknown>>;
}
export interface NodeErrors {
  readonly errors: readonly PromptError[];
  readonly dependent_outputs: string[];
  readonly class_type: string;
}

/** ComfyUI takes any two-element list of a string and a number for a link. */
export function asLink(value: unknown): Link | null {
  if (!Array.isArray(value) || value.length !== 2) return null;
  const [id, slot] = value as [unknown, unknown];
  return typeof id === 'string' && typeof slot === 'number' ? [id, slot] : null;
}

export interface DeclaredInput {
  readonly name: string;
  readonly spec: InputSpec;
  readonly required: boolean;
}

export function declaredInputs(info: NodeInfo): readonly DeclaredInput[] {
  const of = (group: 'required' | 'optional'): DeclaredInput[] =>
    Object.entries(info.input[group] ?? {}).map(([name, spec]) => ({ name, spec, required: group === 'required' }));
  return [...of('required'), ...of('optional')];
}

/** The list of a choice's values, whether written in the old way or as COMBO; null when the input is no choice. */
export function choicesOf(spec: InputSpec): readonly unknown[] | null {
  if (Array.isArray(spec[0])) return spec[0];
  if (spec[0] !== 'COMBO') return null;
  const options = spec[1]?.options;
  return Array.isArray(options) ? options : [];
}

export type ParsedPrompt = { ok: true; prompt: Prompt } | { ok: false; error: PromptError };

/** The shape alone, and that every type is known. */
export function parsePrompt(value: unknown, catalogue: Catalogue): ParsedPrompt {
  const refuse = (type: string, message: string, details: string): ParsedPrompt => ({
    ok: false,
    error: { type, message, details, extra_info: {} },
  });
  if (!isRecord(value)) return refuse('no_prompt', 'No prompt provided', 'No prompt provided');
  const entries = Object.entries(value);
  if (entries.length > MAX_PROMPT_NODES) {
    return refuse('prompt_too_large', `A prompt may have at most ${MAX_PROMPT_NODES} nodes`, `${entries.length} nodes`);
  }
  const prompt: Record<string, PromptNode> = {};
  for (const [id, node] of entries) {
    if (!isRecord(node) || typeof node.class_type !== 'string') {
      return refuse(
        'invalid_prompt',
        'Cannot execute because a node is missing the class_type property.',
        `Node ID '#${id}'`,
      );
    }
    if (!Object.hasOwn(catalogue, node.class_type)) {
      return refuse(
        'invalid_prompt',
        `Cannot execute because node ${node.class_type} does not exist.`,
        `Node ID '#${id}'`,
      );
    }
    prompt[id] = { ...node, class_type: node.class_type, inputs: isRecord(node.inputs) ? node.inputs : {} };
  }
  return { ok: true, prompt };
}
