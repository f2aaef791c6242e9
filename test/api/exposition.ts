/** A series as a scraper reads it. */
export interface Sample {
  name: string
  labels: Record<string, string>
  value: number
}

export interface Exposition {
  types: Map<string, string>
  samples: Sample[]
}

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/
const suffixes: Record<string, string[]> = {
  prometheus: [''],
  gauge: [''],
  counter: ['_total', '_created'],
  summary: ['', '_sum', '_count', '_created'],
  info: ['_info'],
}

/**
 * Reads a text as Prometheus (0.0.4) or OpenMetrics (1.0.0) define it, and throws at whatever they do not allow. Written from
 * their grammars, without a look at what writes it here.
 */
export function readExposition(text: string, format: 'prometheus' | 'openmetrics'): Exposition {
  if (!text.endsWith('\n')) throw new Error('the last line does not end')
  const lines = text.slice(0, -1).split('\n')
  if (format === 'openmetrics' && lines.pop() !== '# EOF') throw new Error('it does not end with # EOF')
  const types = new Map<string, string>()
  const helped = new Set<string>()
  const samples: Sample[] = []
  const seen = new Set<string>()
  let family = ''
  for (const line of lines) {
    const comment = /^# (HELP|TYPE|UNIT) (\S+)(?: (.*))?$/.exec(line)
    if (comment) {
      const [, kind, name = '', rest = ''] = comment
      if (!metricName.test(name)) throw new Error(`no name: ${line}`)
      if (kind === 'TYPE') {
        if (types.has(name)) throw new Error(`a second TYPE of ${name}`)
        types.set(name, rest)
        family = name
      }
      if (kind === 'HELP') {
        if (helped.has(name)) throw new Error(`a second HELP of ${name}`)
        helped.add(name)
        if (/(^|[^\\])(\\\\)*\\(?![\\n"])/.test(rest)) throw new Error(`wrongly escaped: ${line}`)
      }
      if (kind === 'UNIT' && !name.endsWith(`_${rest}`)) throw new Error(`no such unit: ${line}`)
      continue
    }
    if (line.startsWith('#') || line === '')
      throw new Error(`neither comment nor sample: ${JSON.stringify(line)}`)
    const sample = readSample(line)
    const type = types.get(family) ?? ''
    const allowed = format === 'openmetrics' ? (suffixes[type] ?? []) : ['', '_sum', '_count']
    if (!allowed.some((suffix) => sample.name === `${family}${suffix}`))
      throw new Error(`${sample.name} is no sample of ${family}, a ${type}`)
    const id = JSON.stringify([sample.name, Object.keys(sample.labels).sort(), sample.labels])
    if (seen.has(id)) throw new Error(`twice: ${line}`)
    seen.add(id)
    samples.push(sample)
  }
  return { types, samples }
}

function readSample(line: string): Sample {
  const name = /^[^{ ]+/.exec(line)?.[0] ?? ''
  if (!metricName.test(name)) throw new Error(`no name: ${JSON.stringify(line)}`)
  let rest = line.slice(name.length)
  const labels: Record<string, string> = {}
  if (rest.startsWith('{')) {
    rest = rest.slice(1)
    while (!rest.startsWith('}')) {
      const pair = /^([^=]+)="((?:[^"\\\n]|\\["\\n])*)"(,(?!\})|(?=\}))/.exec(rest)
      if (!pair || !labelName.test(pair[1] ?? '')) throw new Error(`no label: ${JSON.stringify(rest)}`)
      labels[pair[1] ?? ''] = (pair[2] ?? '').replace(/\\(.)/g, (_, char: string) =>
        char === 'n' ? '\n' : char,
      )
      rest = rest.slice(pair[0].length)
    }
    rest = rest.slice(1)
  }
  const value = /^ ([-+]?(?:\d+(?:\.\d+)?(?:e[-+]?\d+)?|Inf)|NaN)$/i.exec(rest)?.[1]
  if (value === undefined) throw new Error(`no value: ${JSON.stringify(line)}`)
  return { name, labels, value: Number(value.replace('Inf', 'Infinity')) }
}
