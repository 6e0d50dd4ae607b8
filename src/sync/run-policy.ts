import type { PictureName, PromptRequest } from '../protocol/run-messages.ts';
import { isRecord, risksOf } from './node-risks.ts';
import { blockingRule, type NodeRules, type Risk } from './node-rules.ts';

/** How a choice of files is marked: what a person uploads for it is in the input folder. */
const UPLOADS = ['image_upload', 'video_upload', 'audio_upload', 'animated_image_upload', 'file_upload'];
/** `folder/name.png [output]`: how the value of a choice of files names another folder than `input`. */
const ANNOTATED = /^(.*?) ?\[(input|output|temp)\]$/s;
const CLIMBS = /(^|[\\/])\.\.([\\/]|$)/;
const ABSOLUTE = /^([\\/~]|[A-Za-z]:)/;
const MAX_NAME = 100;

const WHY: Readonly<Record<Risk, string>> = {
  paid: 'costs credits of the host’s account',
  code: 'runs code on the host’s machine',
  files: 'reads or writes files of the host by their path',
  network: 'talks to other servers from the host’s machine',
};

interface NodeFacts {
  readonly risks: ReadonlySet<Risk>;
  /** Names of inputs whose value is one of a list. */
  readonly choices: ReadonlySet<string>;
}

/** What the host's node definitions say about what a guest may run, and which input files they offer to everyone. */
export class HostNodes {
  readonly #facts = new Map<string, NodeFacts>();
  readonly #listed = new Set<string>();

  /** @param objectInfo ComfyUI's answer to `object_info`. */
  constructor(objectInfo: unknown) {
    if (!isRecord(objectInfo)) return;
    for (const [type, definition] of Object.entries(objectInfo)) {
      const choices = new Set<string>();
      for (const [name, spec] of inputsOf(definition)) {
        const values = choicesOf(spec);
        if (!values) continue;
        choices.add(name);
        if (isUpload(spec)) for (const value of values) if (typeof value === 'string') this.#listed.add(value);
      }
      this.#facts.set(type, { risks: risksOf(type, definition), choices });
    }
  }

  /** Whether a list of the definitions names this file: every guest has those. */
  lists({ filename, subfolder, type }: PictureName): boolean {
    return type === 'input' && this.#listed.has(subfolder === '' ? filename : `${subfolder}/${filename}`);
  }

  /** Why a guest's prompt may not run, for a person; null: it may. `maySee`: what the prompt may read. */
  refuses(prompt: PromptRequest['prompt'], rules: NodeRules, maySee: (picture: PictureName) => boolean): string | null {
    for (const [id, node] of Object.entries(prompt)) {
      const type = node.class_type;
      const what = `${type.slice(0, MAX_NAME)} (#${id.slice(0, MAX_NAME)})`;
      const facts = this.#facts.get(type);
      if (!facts) return `The host’s ComfyUI has no node ${what}. It has to be installed there, or to be taken out.`;
      const rule = blockingRule(type, facts.risks, rules);
      if (rule !== null) return blocked(what, rule);
      const wrong = Object.entries(isRecord(node.inputs) ? node.inputs : {}).find(
        ([name, value]) => !isInBounds(value, facts.choices.has(name), maySee),
      );
      if (wrong) return `${what} names a file that is not part of this session: ${wrong[0].slice(0, MAX_NAME)}.`;
    }
    return null;
  }
}

function blocked(what: string, rule: string): string {
  const why = WHY[rule.slice(1).toLowerCase() as Risk] ?? 'is kept from guests by the host';
  return `${what} ${why}: guests cannot run it. The host can, and can allow it in Settings → Nexus Mesh → Guests.`;
}

/** A link to another node is no name of a file. */
function isInBounds(value: unknown, isChoice: boolean, maySee: (picture: PictureName) => boolean): boolean {
  if (Array.isArray(value)) return value.every((each) => isInBounds(each, isChoice, maySee));
  if (isRecord(value)) return Object.values(value).every((each) => isInBounds(each, isChoice, maySee));
  if (typeof value !== 'string') return true;
  if (CLIMBS.test(value)) return false;
  if (!isChoice) return true;
  if (ABSOLUTE.test(value)) return false;
  const [, path = '', type] = ANNOTATED.exec(value) ?? [];
  return type === undefined || type === 'input' || maySee(pictureAt(path, type as 'output' | 'temp'));
}

export function pictureAt(path: string, type: PictureName['type']): PictureName {
  const slash = path.lastIndexOf('/');
  return { filename: path.slice(slash + 1), subfolder: slash < 0 ? '' : path.slice(0, slash), type };
}

/** A name that stays inside the folder it is asked for in. */
export function isPlain({ filename, subfolder }: PictureName): boolean {
  if (/[\\/\0]/.test(filename) || filename === '..' || filename === '.') return false;
  return !CLIMBS.test(subfolder) && !ABSOLUTE.test(subfolder) && !/[\\\0]/.test(subfolder) && !ANNOTATED.test(filename);
}

function inputsOf(definition: unknown): [string, unknown][] {
  const input = isRecord(definition) && isRecord(definition.input) ? definition.input : {};
  return [input.required, input.optional].flatMap((group) => Object.entries(isRecord(group) ? group : {}));
}

function choicesOf(spec: unknown): readonly unknown[] | null {
  if (!Array.isArray(spec)) return null;
  const [kind, options] = spec as unknown[];
  if (Array.isArray(kind)) return kind;
  if (typeof kind !== 'string' || !kind.startsWith('COMBO')) return null;
  return isRecord(options) && Array.isArray(options.options) ? options.options : [];
}

function isUpload(spec: unknown): boolean {
  const options = Array.isArray(spec) ? (spec as unknown[])[1] : null;
  return isRecord(options) && UPLOADS.some((name) => options[name] === true);
}
