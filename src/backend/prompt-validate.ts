import type { Catalogue, InputSpec } from './catalogue-types.ts';
import {
  asLink,
  choicesOf,
  type DeclaredInput,
  declaredInputs,
  type NodeErrors,
  type Prompt,
  type PromptError,
  type PromptNode,
  parsePrompt,
} from './prompt.ts';
import { convertValue, pythonNumber, pythonRepr, pythonString } from './prompt-values.ts';

/** Choices beyond this many are not listed in a message, as in ComfyUI. */
const MAX_LISTED_CHOICES = 20;

export interface ValidationContext {
  readonly catalogue: Catalogue;
  /** Whether an uploaded picture of this name is there (`sub/folder/name.png [input]` as widgets write it). */
  readonly hasImage: (name: string) => boolean;
}

export type Validation =
  | {
      readonly ok: true;
      /** With widget values converted to their declared types. */
      readonly prompt: Prompt;
      /** Output nodes to run; those with errors are left out. */
      readonly outputs: readonly string[];
      readonly nodeErrors: Readonly<Record<string, NodeErrors>>;
    }
  | { readonly ok: false; readonly error: PromptError; readonly nodeErrors: Readonly<Record<string, NodeErrors>> };

/** ComfyUI's checks before a prompt is queued, with its own error shapes. `targets` limits a partial run. */
export function validatePrompt(
  value: unknown,
  context: ValidationContext,
  targets: readonly string[] | null = null,
): Validation {
  const parsed = parsePrompt(value, context.catalogue);
  if (!parsed.ok) return { ok: false, error: parsed.error, nodeErrors: {} };
  const outputs = Object.entries(parsed.prompt)
    .filter(([id, node]) => context.catalogue[node.class_type]?.output_node && (!targets || targets.includes(id)))
    .map(([id]) => id);
  if (outputs.length === 0) {
    return { ok: false, error: plainError('prompt_no_outputs', 'Prompt has no outputs'), nodeErrors: {} };
  }
  return new Validator(parsed.prompt, context).run(outputs);
}

function plainError(type: string, message: string): PromptError {
  return { type, message, details: '', extra_info: {} };
}

interface Checked {
  valid: boolean;
  readonly errors: PromptError[];
  /** Nodes that this one takes from. */
  readonly above: string[];
}

function cycleError(path: readonly string[], back: string): PromptError {
  const details = [...path.slice(path.indexOf(back)), back].join(' -> ');
  return { type: 'dependency_cycle', message: 'Dependency cycle detected', details, extra_info: {} };
}

class Validator {
  readonly #context: ValidationContext;
  readonly #nodes: Record<string, PromptNode>;
  readonly #checked = new Map<string, Checked>();

  constructor(prompt: Prompt, context: ValidationContext) {
    this.#nodes = { ...prompt };
    this.#context = context;
  }

  run(outputs: readonly string[]): Validation {
    const good: string[] = [];
    const nodeErrors: Record<string, NodeErrors> = {};
    for (const output of outputs) {
      if (this.#check(output)) good.push(output);
      else this.#report(output, nodeErrors);
    }
    if (good.length === 0) {
      const error = plainError('prompt_outputs_failed_validation', 'Prompt outputs failed validation');
      return { ok: false, error, nodeErrors };
    }
    return { ok: true, prompt: this.#nodes, outputs: good, nodeErrors };
  }

  /** Names, for every node with errors above a failed output, that the output depends on it. */
  #report(output: string, nodeErrors: Record<string, NodeErrors>): void {
    for (const id of this.#above(output)) {
      const errors = this.#checked.get(id)?.errors ?? [];
      if (errors.length === 0) continue;
      nodeErrors[id] ??= { errors, dependent_outputs: [], class_type: this.#nodes[id]!.class_type };
      nodeErrors[id].dependent_outputs.push(output);
    }
  }

  #above(output: string): Set<string> {
    const seen = new Set<string>([output]);
    for (const id of seen) {
      for (const value of Object.values(this.#nodes[id]?.inputs ?? {})) {
        const link = asLink(value);
        if (link && Object.hasOwn(this.#nodes, link[0])) seen.add(link[0]);
      }
    }
    return seen;
  }

  /** Depth first without recursion, so that no chain is too long: a node is sound when it and all above it are. */
  #check(output: string): boolean {
    const steps: { id: string; leaving: boolean }[] = [{ id: output, leaving: false }];
    const path = new Set<string>();
    for (let step = steps.pop(); step; step = steps.pop()) {
      const { id } = step;
      if (step.leaving) {
        path.delete(id);
        const state = this.#checked.get(id)!;
        state.valid = state.errors.length === 0 && state.above.every((other) => this.#checked.get(other)?.valid);
        continue;
      }
      if (this.#checked.has(id)) continue;
      const state = this.#checkNode(id);
      this.#checked.set(id, state);
      path.add(id);
      steps.push({ id, leaving: true });
      for (const other of [...state.above].reverse()) {
        if (path.has(other)) state.errors.push(cycleError([...path], other));
        else steps.push({ id: other, leaving: false });
      }
    }
    return this.#checked.get(output)?.valid ?? false;
  }

  /** The faults of a node's own inputs, and the nodes that sound links lead to. */
  #checkNode(id: string): Checked {
    const node = this.#nodes[id]!;
    const info = this.#context.catalogue[node.class_type]!;
    const state: Checked = { valid: false, errors: [], above: [] };
    for (const input of declaredInputs(info)) {
      const found = this.#checkInput(id, node, input);
      if (typeof found === 'string') state.above.push(found);
      else if (found) state.errors.push(found);
    }
    return state;
  }

  /** The fault of one input; the node it is linked to when the link is sound; null for a sound value. */
  #checkInput(id: string, node: PromptNode, input: DeclaredInput): PromptError | string | null {
    const { name, spec } = input;
    if (!Object.hasOwn(node.inputs, name)) {
      if (!input.required) return null;
      return {
        type: 'required_input_missing',
        message: 'Required input is missing',
        details: name,
        extra_info: { input_name: name },
      };
    }
    const value = node.inputs[name];
    if (Array.isArray(value)) return this.#checkLink(name, spec, value);
    const converted = convertValue(spec[0], value);
    if (!converted.ok) {
      return {
        type: 'invalid_input_type',
        message: `Failed to convert an input value to a ${String(spec[0])} value`,
        details: `${name}, ${pythonString(value)}, ${converted.reason}`,
        extra_info: {
          input_name: name,
          input_config: spec,
          received_value: value,
          exception_message: converted.reason,
        },
      };
    }
    this.#store(id, name, converted.value);
    return checkRange(name, spec, converted.value) ?? this.#checkChoice(name, spec, converted.value);
  }

  #store(id: string, name: string, value: unknown): void {
    const node = this.#nodes[id]!;
    if (node.inputs[name] !== value) this.#nodes[id] = { ...node, inputs: { ...node.inputs, [name]: value } };
  }

  #checkLink(name: string, spec: InputSpec, value: readonly unknown[]): PromptError | string {
    const link = asLink(value);
    if (!link) {
      return {
        type: 'bad_linked_input',
        message: 'Bad linked input, must be a length-2 list of [node_id, slot_index]',
        details: name,
        extra_info: { input_name: name, input_config: spec, received_value: value },
      };
    }
    const source = Object.hasOwn(this.#nodes, link[0]) ? this.#nodes[link[0]] : undefined;
    const received = source && this.#context.catalogue[source.class_type]!.output[link[1]];
    if (received === undefined) {
      return {
        type: 'exception_during_validation',
        message: 'Exception when validating node',
        details: source ? 'list index out of range' : pythonRepr(link[0]),
        extra_info: { exception_type: source ? 'IndexError' : 'KeyError', traceback: [], linked_node: value },
      };
    }
    if (!typesFit(received, spec)) {
      const expected = pythonString(spec[0]);
      return {
        type: 'return_type_mismatch',
        message: 'Return type mismatch between linked nodes',
        details: `${name}, received_type(${pythonString(received)}) mismatch input_type(${expected})`,
        extra_info: { input_name: name, input_config: spec, received_type: received, linked_node: value },
      };
    }
    return link[0];
  }

  #checkChoice(name: string, spec: InputSpec, value: unknown): PromptError | null {
    const choices = choicesOf(spec);
    if (!choices) return null;
    // Pictures are looked for by name, which may carry a folder and an area, not in the list.
    if (spec[1]?.image_upload) {
      if (typeof value === 'string' && this.#context.hasImage(value)) return null;
      return {
        type: 'custom_validation_failed',
        message: 'Custom validation failed for node',
        details: `${name} - Invalid image file: ${pythonString(value)}`,
        extra_info: { input_name: name, input_config: spec, received_value: value },
      };
    }
    const values = Array.isArray(value) && spec[1]?.multiselect ? value : [value];
    if (values.every((entry) => choices.includes(entry))) return null;
    const many = choices.length > MAX_LISTED_CHOICES;
    const listed = many ? `(list of length ${choices.length})` : pythonRepr(choices);
    return {
      type: 'value_not_in_list',
      message: 'Value not in list',
      details: `${name}: '${pythonString(value)}' not in ${listed}`,
      extra_info: { input_name: name, input_config: many ? null : spec, received_value: value },
    };
  }
}

function checkRange(name: string, spec: InputSpec, value: unknown): PromptError | null {
  const type = spec[0];
  if ((type !== 'INT' && type !== 'FLOAT') || typeof value !== 'number') return null;
  const extra_info = { input_name: name, input_config: spec, received_value: value };
  const { min, max } = (spec[1] ?? {}) as { min?: unknown; max?: unknown };
  if (typeof min === 'number' && value < min) {
    const message = `Value ${pythonNumber(value, type)} smaller than min of ${pythonNumber(min, type)}`;
    return { type: 'value_smaller_than_min', message, details: name, extra_info };
  }
  if (typeof max === 'number' && value > max) {
    const message = `Value ${pythonNumber(value, type)} bigger than max of ${pythonNumber(max, type)}`;
    return { type: 'value_bigger_than_max', message, details: name, extra_info };
  }
  return null;
}

/** `*` fits anything; `A,B` fits either. */
function typesFit(received: string | readonly string[], spec: InputSpec): boolean {
  const expected = spec[0];
  if (typeof received !== 'string' || typeof expected !== 'string') {
    return JSON.stringify(received) === JSON.stringify(expected);
  }
  if (received === expected || received === '*' || expected === '*') return true;
  const offered = received.split(',').map((type) => type.trim());
  const wanted = expected.split(',').map((type) => type.trim());
  return offered.some((type) => wanted.includes(type));
}
