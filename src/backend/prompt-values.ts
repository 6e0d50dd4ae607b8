/** How ComfyUI, being Python, writes values in its messages. */

export function pythonString(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string') return value;
  return pythonRepr(value);
}

export function pythonRepr(value: unknown): string {
  if (typeof value === 'string') {
    const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
    return quote + value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll(quote, `\\${quote}`) + quote;
  }
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([key, entry]) => `${pythonRepr(key)}: ${pythonRepr(entry)}`)
      .join(', ')}}`;
  }
  return typeof value === 'number' ? String(value) : pythonString(value);
}

/** A number as its type prints it: a FLOAT keeps its point. */
export function pythonNumber(value: number, type: 'INT' | 'FLOAT'): string {
  return type === 'FLOAT' && Number.isInteger(value) && Math.abs(value) < 1e16 ? value.toFixed(1) : String(value);
}

export type Converted = { ok: true; value: unknown } | { ok: false; reason: string };

/** ComfyUI converts widget values to the declared type before it checks limits. */
export function convertValue(type: unknown, value: unknown): Converted {
  if (type === 'INT') return toInt(value);
  if (type === 'FLOAT') return toFloat(value);
  if (type === 'STRING') return { ok: true, value: typeof value === 'string' ? value : pythonString(value) };
  if (type === 'BOOLEAN') return { ok: true, value: Boolean(value) && !(Array.isArray(value) && value.length === 0) };
  return { ok: true, value };
}

function toInt(value: unknown): Converted {
  if (typeof value === 'number' && Number.isFinite(value)) return { ok: true, value: Math.trunc(value) };
  if (typeof value === 'boolean') return { ok: true, value: value ? 1 : 0 };
  if (typeof value === 'string') {
    if (/^\s*[+-]?\d+(_\d+)*\s*$/.test(value)) return { ok: true, value: Number(value.replaceAll('_', '')) };
    return { ok: false, reason: `invalid literal for int() with base 10: ${pythonRepr(value)}` };
  }
  return { ok: false, reason: notANumber('int', value) };
}

function toFloat(value: unknown): Converted {
  if (typeof value === 'number') return { ok: true, value };
  if (typeof value === 'boolean') return { ok: true, value: value ? 1 : 0 };
  if (typeof value === 'string') {
    const number = Number(value);
    if (value.trim() !== '' && !Number.isNaN(number)) return { ok: true, value: number };
    return { ok: false, reason: `could not convert string to float: ${pythonRepr(value)}` };
  }
  return { ok: false, reason: notANumber('float', value) };
}

function notANumber(type: 'int' | 'float', value: unknown): string {
  const name = value === null || value === undefined ? 'NoneType' : Array.isArray(value) ? 'list' : 'dict';
  return type === 'int'
    ? `int() argument must be a string, a bytes-like object or a real number, not '${name}'`
    : `float() argument must be a string or a real number, not '${name}'`;
}
