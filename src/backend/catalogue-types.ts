/** ComfyUI's description of a node type, as `object_info` gives it. */

export type InputOptions = Readonly<Record<string, unknown>>;
/** The type's name, or the list of values of a choice; then options (default, min, max, step …). */
export type InputSpec =
  | readonly [string]
  | readonly [string, InputOptions]
  | readonly [readonly string[]]
  | readonly [readonly string[], InputOptions];
export type InputGroup = Readonly<Record<string, InputSpec>>;

export interface NodeInfo {
  readonly input: {
    readonly required?: InputGroup;
    readonly optional?: InputGroup;
    readonly hidden?: Readonly<Record<string, unknown>>;
  };
  readonly input_order: Readonly<Record<string, readonly string[]>>;
  readonly output: readonly (string | readonly string[])[];
  readonly output_is_list: readonly boolean[];
  readonly output_name: readonly string[];
  readonly name: string;
  readonly display_name: string;
  readonly description: string;
  readonly python_module: string;
  readonly category: string;
  readonly output_node: boolean;
}

export type Catalogue = Readonly<Record<string, NodeInfo>>;

/** What a catalogue entry states; the rest follows from it. */
export interface NodeFacts {
  readonly title?: string;
  readonly category: string;
  readonly module?: string;
  readonly required?: InputGroup;
  readonly optional?: InputGroup;
  readonly hidden?: Readonly<Record<string, unknown>>;
  /** `TYPE` or `TYPE:name`. */
  readonly outputs?: readonly string[];
  readonly outputNode?: boolean;
}

export const int = (initial: number, min: number, max: number, more: InputOptions = {}): InputSpec => [
  'INT',
  { default: initial, min, max, ...more },
];
export const float = (initial: number, min: number, max: number, step: number, more: InputOptions = {}): InputSpec => [
  'FLOAT',
  { default: initial, min, max, step, ...more },
];
export const choice = (...values: string[]): InputSpec => [values];
export const textInput = (options: InputOptions): InputSpec => ['STRING', options];
/** A socket without a widget. */
export const link = (type: string): InputSpec => [type];

export function nodeInfo(name: string, facts: NodeFacts): NodeInfo {
  const input = {
    ...(facts.required ? { required: facts.required } : { required: {} }),
    ...(facts.optional ? { optional: facts.optional } : {}),
    ...(facts.hidden ? { hidden: facts.hidden } : {}),
  };
  const outputs = (facts.outputs ?? []).map((entry) => entry.split(':') as [string, string?]);
  return {
    input,
    input_order: Object.fromEntries(Object.entries(input).map(([group, inputs]) => [group, Object.keys(inputs)])),
    output: outputs.map(([type]) => type),
    output_is_list: outputs.map(() => false),
    output_name: outputs.map(([type, label]) => label ?? type),
    name,
    display_name: facts.title ?? name,
    description: '',
    python_module: facts.module ?? 'nodes',
    category: facts.category,
    output_node: facts.outputNode ?? false,
  };
}
