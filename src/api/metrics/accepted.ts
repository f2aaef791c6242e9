import type { TextFormat } from './exposition.ts'

/** What a client wants by its Accept header; JSON for whoever takes anything, as dashboards of such fleets always have. */
export type Wanted = 'json' | TextFormat

interface Range {
  type: string
  q: number
}

const offers: readonly { wanted: Wanted; type: string }[] = [
  { wanted: 'json', type: 'application/json' },
  { wanted: 'openmetrics', type: 'application/openmetrics-text' },
  { wanted: 'prometheus', type: 'text/plain' },
]

/** RFC 9110 §12.5.1: of what is offered the one that is wanted most; the first of equals. */
export function wantedOf(accept: string | undefined): Wanted {
  const ranges = rangesOf(accept ?? '*/*')
  let best: { wanted: Wanted; q: number } = { wanted: 'json', q: 0 }
  for (const { wanted, type } of offers) {
    const q = qualityOf(type, ranges)
    if (q > best.q) best = { wanted, q }
  }
  return best.wanted
}

function rangesOf(accept: string): Range[] {
  return accept
    .split(',', 50)
    .map((part) => part.split(';').map((word) => word.trim().toLowerCase()))
    .map(([type = '', ...parameters]) => ({ type, q: qOf(parameters) }))
}

function qOf(parameters: readonly string[]): number {
  const q = parameters.find((word) => word.startsWith('q='))
  return q === undefined ? 1 : Number(q.slice('q='.length)) || 0
}

/** Of the ranges that fit, the most specific one counts. */
function qualityOf(type: string, ranges: readonly Range[]): number {
  const [main = ''] = type.split('/')
  for (const fitting of [type, `${main}/*`, '*/*']) {
    const found = ranges.filter((range) => range.type === fitting)
    if (found.length > 0) return Math.max(...found.map(({ q }) => q))
  }
  return 0
}
