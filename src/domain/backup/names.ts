const ending = '.tar.zst'

/**
 * The name that a backup gets in a folder: whose it is, and when. Sorted by name, those of a node are sorted by time. `nth`: where
 * another of that second has the name already, the second, the third, …
 */
export function backupName(node: string, atMs: number, nth = 1): string {
  return `${prefixOf(node)}${stampOf(atMs)}${nth === 1 ? '' : `_${nth}`}${ending}`
}

/** `20261122T091500Z` */
export function stampOf(atMs: number): string {
  return new Date(atMs).toISOString().replaceAll(/[-:]|\.\d+/g, '')
}

/**
 * The backups of a node, by their names, that are too many, the oldest first. What is named otherwise is nobody's to delete;
 * whether one is what its name says is still to be looked at.
 */
export function surplus(names: readonly string[], node: string, keep: number): string[] {
  const prefix = prefixOf(node)
  const own = stamped(names).filter(
    ({ name, stamp }) => name.startsWith(prefix) && name.startsWith(stamp, prefix.length),
  )
  return own.slice(0, Math.max(0, own.length - keep)).map(({ name }) => name)
}

/** The backup of a folder that was taken last, of whatever node, by the names; null: none is named so. */
export function newestBackup(names: readonly string[]): string | null {
  return stamped(names).at(-1)?.name ?? null
}

interface Stamped {
  name: string
  stamp: string
  nth: number
}

/** Those that are named as backups are, the oldest first. */
function stamped(names: readonly string[]): Stamped[] {
  return names
    .flatMap((name): Stamped[] => {
      const [, stamp, nth = '1'] = /^jrctl-.+-(\d{8}T\d{6}Z)(?:_(\d{1,4}))?\.tar\.zst$/.exec(name) ?? []
      return stamp === undefined ? [] : [{ name, stamp, nth: Number(nth) }]
    })
    .toSorted((a, b) => a.stamp.localeCompare(b.stamp) || a.nth - b.nth || a.name.localeCompare(b.name))
}

/** A node's id may hold what a file's name should not. */
function prefixOf(node: string): string {
  return `jrctl-${node.replaceAll(/[^\w.-]+/g, '_').slice(0, 100)}-`
}
