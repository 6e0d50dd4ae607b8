/** Prints figures as one table and says how far each aim is met. Pure. */
import type { Figure } from './row.ts';

export interface Section {
  readonly name: string;
  readonly title: string;
  readonly seconds: number;
  readonly figures: readonly Figure[];
  readonly error?: string;
}

const HEADINGS = ['what', 'median', 'p99', 'beside it in this run', 'ratio', 'aim', 'met?'] as const;

export function ratioOf(figure: Figure): number | undefined {
  return figure.beside && figure.beside.value !== 0 ? figure.value / figure.beside.value : undefined;
}

/** 'yes', or by how much not; '' without an aim. */
export function verdict(figure: Figure): string {
  const { aim } = figure;
  if (!aim) return '';
  const actual = aim.on === 'value' ? figure.value : ratioOf(figure);
  if (actual === undefined) return 'no baseline';
  if ('atMost' in aim) return actual <= aim.atMost ? 'yes' : `no: ${over(actual / aim.atMost)} above`;
  return actual >= aim.atLeast ? 'yes' : `no: ${over(aim.atLeast / actual)} below`;
}

function over(times: number): string {
  return times < 2 ? `${Math.ceil((times - 1) * 100)} %` : `${times.toFixed(1)} ×`;
}

export function aimText(figure: Figure): string {
  const { aim } = figure;
  if (!aim) return '';
  const [sign, limit] = 'atMost' in aim ? ['≤', aim.atMost] : ['≥', aim.atLeast];
  return aim.on === 'ratio' ? `${sign} ${limit} ×` : `${sign} ${limit} ${figure.unit}`;
}

export function formatTable(sections: readonly Section[]): string {
  const rows = sections.map((section) => section.figures.map(cells));
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...rows.flat().map((row) => row[column]!.length)),
  );
  const lines = [pad(HEADINGS, widths)];
  for (const [index, section] of sections.entries()) {
    lines.push('', `── ${section.title} (${section.name}, ${section.seconds.toFixed(0)} s)`);
    for (const [at, row] of rows[index]!.entries()) {
      lines.push(pad(row, widths));
      const note = section.figures[at]!.note;
      if (note) lines.push(`      ${note}`);
    }
    if (section.error) lines.push(`   FAILED: ${section.error}`);
  }
  return lines.join('\n');
}

function cells(figure: Figure): string[] {
  const ratio = ratioOf(figure);
  return [
    figure.what,
    `${number(figure.value)} ${figure.unit}`,
    figure.p99 === undefined ? '' : number(figure.p99),
    figure.beside ? `${figure.beside.what} ${number(figure.beside.value)}` : '',
    ratio === undefined ? '' : `${ratio.toFixed(2)} ×`,
    aimText(figure),
    verdict(figure),
  ];
}

/** Three significant digits, no exponents. */
export function number(value: number): string {
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 4));
}

function pad(row: readonly string[], widths: readonly number[]): string {
  const line = row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)));
  return line.join('  ').trimEnd();
}
