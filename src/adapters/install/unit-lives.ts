import type { UnitLife } from '../../ports/unit-manager.ts'

export const lifeProperties = [
  'MainPID',
  'NeedDaemonReload',
  'ExecMainStartTimestampMonotonic',
  'ActiveEnterTimestampMonotonic',
  'ActiveState',
  'FragmentPath',
  'DropInPaths',
] as const

/** What `systemctl show` says of units: one a paragraph, in the order of the names. */
export function paragraphsOf(
  shown: string,
  names: readonly string[],
): { name: string; found: Map<string, string> }[] {
  const paragraphs = shown.split(/\n\n+/)
  return names.map((name, index) => {
    const lines = (paragraphs[index] ?? '').split('\n')
    const found = lines.map((line): [string, string] => {
      const at = line.indexOf('=')
      return [line.slice(0, Math.max(0, at)), line.slice(at + 1)]
    })
    return { name, found: new Map(found) }
  })
}

export function livesIn(shown: string, names: readonly string[]): UnitLife[] {
  return paragraphsOf(shown, names).map(({ name, found }) => {
    const pid = Number(found.get('MainPID') ?? 0)
    const hasProcess = Number.isInteger(pid) && pid > 0
    const isUp = hasProcess || found.get('ActiveState') === 'active'
    const since = hasProcess ? 'ExecMainStartTimestampMonotonic' : 'ActiveEnterTimestampMonotonic'
    const sinceUs = Number(found.get(since) ?? 0)
    return {
      name,
      isUnread: found.get('NeedDaemonReload') === 'yes',
      mainPid: hasProcess ? pid : null,
      sinceMonotonicMs: isUp && sinceUs > 0 ? sinceUs / 1000 : null,
      files: [...wordsOf(found.get('FragmentPath') ?? ''), ...wordsOf(found.get('DropInPaths') ?? '')],
    }
  })
}

/** systemctl quotes, as a shell would, what is more than a plain word: the backslashes of a worker's unit. */
function wordsOf(list: string): string[] {
  return [...list.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '') : quoted.replaceAll(/\\(.)/g, '$1'),
  )
}
