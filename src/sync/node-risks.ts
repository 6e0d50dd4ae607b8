import type { Risk } from './node-rules.ts';

/** ComfyUI's own nodes that read or write whole folders, or fill the disk with models. The others of its own are known to be tame. */
const CORE_FILES =
  /^(ModelSave|VAESave|CLIPSave|CheckpointSave|ImageOnlyCheckpointSave|LoraSave|SaveLoRA(Node)?|TrainLoraNode|(Load|Save)\w*(Folder|DataSet|Dataset)\w*)$/;
const CORE_MODULE = /^(nodes|comfy_extras\.)/;
const PAID_MODULE = /^comfy_api_nodes(\.|$)/;
const PAID_CATEGORY = /^(partner|api) node/i;
const PAID_INPUTS = new Set(['AUTH_TOKEN_COMFY_ORG', 'API_KEY_COMFY_ORG']);

/** Words in the name of a type, and in those of its text inputs, that tell what it does. */
const TYPE_WORDS: Readonly<Record<Exclude<Risk, 'paid'>, ReadonlySet<string>>> = {
  code: new Set(
    'python exec execute eval evaluate evaluator shell bash powershell cmd subprocess terminal javascript lua'.split(
      ' ',
    ),
  ),
  files: new Set('path folder directory dir file files filesystem'.split(' ')),
  network: new Set('url uri http https webhook request download downloader fetch ftp ssh email discord'.split(' ')),
};
const INPUT_WORDS: typeof TYPE_WORDS = {
  code: new Set('code script python command cmd shell expression'.split(' ')),
  files: new Set('path filepath file filename dir directory folder'.split(' ')),
  network: new Set('url uri endpoint webhook host'.split(' ')),
};
/** ComfyUI keeps what is saved under it inside its output folder. */
const TAME_INPUTS = new Set(['filename_prefix']);

/** @param definition the type's entry of `object_info`. */
export function risksOf(type: string, definition: unknown): ReadonlySet<Risk> {
  const risks = new Set<Risk>();
  const { python_module, category, api_node, input } = isRecord(definition) ? definition : {};
  const groups = isRecord(input) ? input : {};
  const module = typeof python_module === 'string' ? python_module : '';
  const hidden = isRecord(groups.hidden) ? Object.values(groups.hidden) : [];
  if (
    api_node === true ||
    PAID_MODULE.test(module) ||
    PAID_CATEGORY.test(String(category ?? '')) ||
    hidden.some((kind) => PAID_INPUTS.has(String(Array.isArray(kind) ? kind[0] : kind)))
  )
    risks.add('paid');
  if (CORE_MODULE.test(module)) {
    if (CORE_FILES.test(type)) risks.add('files');
    return risks;
  }
  const ofType = wordsOf(type);
  const ofInputs = textInputs(groups).flatMap(wordsOf);
  for (const risk of ['code', 'files', 'network'] as const)
    if (ofType.some((word) => TYPE_WORDS[risk].has(word)) || ofInputs.some((word) => INPUT_WORDS[risk].has(word)))
      risks.add(risk);
  return risks;
}

function textInputs(groups: Readonly<Record<string, unknown>>): string[] {
  return [groups.required, groups.optional].flatMap((group) =>
    Object.entries(isRecord(group) ? group : {})
      .filter(([name, spec]) => Array.isArray(spec) && spec[0] === 'STRING' && !TAME_INPUTS.has(name))
      .map(([name]) => name),
  );
}

/** `VAELoadFromPath`, `load-image_path`: the words, in lower case. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.toLowerCase());
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
