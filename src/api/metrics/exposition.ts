import { sanitize } from '../../domain/sanitize.ts'
import { type Family, type Series, seriesMax } from './family.ts'

/** Text that scrapers read: Prometheus' own, version 0.0.4, and OpenMetrics 1.0. */
export type TextFormat = 'prometheus' | 'openmetrics'

export const contentTypes = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
} as const satisfies Record<TextFormat, string>

/** Names and messages of others may hold anything, and be of any length. */
const labelLengthMax = 200

/** Families without a series are left out. */
export function exposition(families: readonly Family[], format: TextFormat): string {
  const written = families
    .filter(({ series }) => series.length > 0)
    .flatMap((family) => familyLines(family, format))
  return [...written, ...(format === 'openmetrics' ? ['# EOF'] : []), ''].join('\n')
}

function familyLines({ name, type, help, series }: Family, format: TextFormat): string[] {
  const sample = `${name}${suffixes[type]}`
  // In the older format the name of a family is that of its samples.
  const [familyName, familyType] =
    format === 'openmetrics' ? [name, type] : [sample, type === 'info' ? 'gauge' : type]
  const unit = format === 'openmetrics' ? unitOf(name) : null
  return [
    `# HELP ${familyName} ${escapeHelp(help, format)}`,
    `# TYPE ${familyName} ${familyType}`,
    ...(unit === null ? [] : [`# UNIT ${familyName} ${unit}`]),
    ...distinct(series).map(({ labels, value }) => `${sample}${labelText(labels)} ${numberText(value)}`),
  ]
}

const suffixes = { gauge: '', summary: '', counter: '_total', info: '_info' } as const satisfies Record<
  Family['type'],
  string
>

function unitOf(name: string): string | null {
  return /_(seconds|bytes|ratio)$/.exec(name)?.[1] ?? null
}

/** Two names may look the same once they are cleaned; a scraper takes no series twice. */
function distinct(series: readonly Series[]): Series[] {
  const byLabels = new Map(series.slice(0, seriesMax).map((one) => [labelText(one.labels), one]))
  return [...byLabels.values()]
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escapeLabel(value: string): string {
  return sanitize(value, { lengthMax: labelLengthMax })
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
}

function escapeHelp(help: string, format: TextFormat): string {
  const escaped = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return format === 'openmetrics' ? escaped.replaceAll('"', '\\"') : escaped
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  return String(value)
}
