import { channelKey } from '../domain/channel.ts'
import { keyOf, valueAt } from './keys.ts'
import type { WindowPolicy } from './policy.ts'
import type { Finding } from './problems.ts'
import { quote } from './quote.ts'

/** What is wrong with the windows beyond their single keys: one that never opens, and two of a channel that are at odds. */
export function channelFindings(raw: unknown): Finding[] {
  const tables = valueAt(raw, ['windows'])
  if (!Array.isArray(tables)) return []
  const isStrict = new Map<string, boolean>()
  return tables.flatMap((_, index) => {
    const value = (name: string) => valueAt(raw, ['windows', index, name])
    const [channel, from, to, strict = false] = [
      value('channel'),
      value('from'),
      value('to'),
      value('strict'),
    ]
    const found: Finding[] = []
    if (typeof from === 'string' && from === to) found.push(finding(raw, index, 'to', neverOpens(from)))
    if (typeof channel !== 'string' || typeof strict !== 'boolean') return found
    const earlier = isStrict.get(channelKey(channel))
    isStrict.set(channelKey(channel), earlier ?? strict)
    if (earlier !== undefined && earlier !== strict)
      found.push(finding(raw, index, 'strict', atOdds(channel, strict)))
    return found
  })
}

function neverOpens(time: string): string {
  return `found ${quote(time)}, which is \`from\` too, so that it never opens; allowed another time (for the whole day: from = "00:00", to = "24:00")`
}

function atOdds(channel: string, strict: boolean): string {
  return `found ${strict}, and ${!strict} in another window of ${quote(channel)}; allowed the same in all windows of a channel`
}

function finding(raw: unknown, index: number, name: string, message: string): Finding {
  const path = ['windows', index, name]
  return { path, at: 'value', key: keyOf(path, raw), message, suggestion: null }
}

/** Windows of one channel by several clocks: allowed, and seldom meant. */
export function channelWarnings(windows: readonly WindowPolicy[]): string[] {
  const byChannel = Map.groupBy(windows, ({ channel }) => channelKey(channel))
  return [...byChannel].flatMap(([channel, own]) => {
    const zones = new Set(own.map(({ timezone }) => timezone ?? "the host's time"))
    if (zones.size < 2) return []
    return [
      `the windows of ${quote(channel)} go by ${zones.size} clocks (${[...zones].join(', ')}); give all of them the same timezone unless that is meant`,
    ]
  })
}
