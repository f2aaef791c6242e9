/** Around our lines in somebody's crontab; what lies outside is never touched. */
const begin = '# jrctl begin (written by `jrctl install --cron`, taken out by `jrctl uninstall`)'
const end = '# jrctl end'
const beginPattern = /^# jrctl begin\b/

/** `broken`: the end of our lines is gone, so that nobody can tell which are ours. */
export type CrontabChange = { kind: 'same' } | { kind: 'changed'; text: string } | { kind: 'broken' }

/** A crontab with these lines of ours in place of those that were there; none take them out. */
export function withCronLines(crontab: string, lines: readonly string[]): CrontabChange {
  const all = crontab.split('\n')
  const kept: string[] = []
  let at: number | undefined
  for (let index = 0; index < all.length; index += 1) {
    const line = all[index] ?? ''
    if (!beginPattern.test(line)) {
      kept.push(line)
      continue
    }
    const last = all.indexOf(end, index)
    if (last < 0) return { kind: 'broken' }
    at ??= kept.length
    index = last
  }
  const text = joined(kept, at, lines)
  return text === crontab ? { kind: 'same' } : { kind: 'changed', text }
}

/** In the old place, else at the end; the last line of a crontab has to end, or cron refuses it. */
function joined(kept: string[], at: number | undefined, lines: readonly string[]): string {
  if (lines.length === 0) return kept.join('\n')
  const block = [begin, ...lines, end]
  if (at !== undefined) return kept.toSpliced(at, 0, ...block).join('\n')
  const before = kept.at(-1) === '' ? kept.slice(0, -1) : kept
  return `${[...before, ...block].join('\n')}\n`
}
