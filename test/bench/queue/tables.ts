export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n')
}

export const rate = (perSecond: number): string => Math.round(perSecond).toLocaleString('en-US')

export const milliseconds = (ms: number): string => (ms < 10 ? ms.toFixed(1) : ms.toFixed(0))

export const range = (values: readonly number[], show: (value: number) => string): string =>
  `${show(Math.min(...values))} – ${show(Math.max(...values))}`
