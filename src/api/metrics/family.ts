/** One metric with all its series, as Prometheus means it; what it is called and its units follow its conventions. */
export interface Family {
  /** Without `_total`, which counters get where they are written. */
  name: string
  type: 'gauge' | 'counter' | 'summary' | 'info'
  help: string
  series: Series[]
}

export interface Series {
  labels: Readonly<Record<string, string>>
  value: number
}

/** More of one metric are left out: names come from outside, and each costs whoever stores them for ever. */
export const seriesMax = 1_000

const noLabels = {}

/** One number stands for a series without labels; null: there is none. */
type Given = Series[] | number | null

export function gauge(name: string, help: string, given: Given): Family {
  return { name, type: 'gauge', help, series: seriesOf(given) }
}

/** Only grows, but for restarts of what counts. */
export function counter(name: string, help: string, given: Given): Family {
  return { name, type: 'counter', help, series: seriesOf(given) }
}

/** Quantiles, by the label `quantile`. */
export function summary(name: string, help: string, quantiles: Series[]): Family {
  return { name, type: 'summary', help, series: quantiles }
}

/** Says something by its labels alone. */
export function info(name: string, help: string, labels: Record<string, string>): Family {
  return { name, type: 'info', help, series: [{ labels, value: 1 }] }
}

export function series(value: number | null | undefined, labels: Record<string, string> = {}): Series[] {
  return value === null || value === undefined ? [] : [{ labels, value }]
}

function seriesOf(given: Given): Series[] {
  if (given === null) return []
  return typeof given === 'number' ? [{ labels: noLabels, value: given }] : given
}
