/** A folder of jrctl's own by its name, or one in which nothing else can be. */
const ownName = /(?:^|[/._-])\.?jrctl(?:$|[/._-])/

/**
 * Why a folder is not deleted with all that is in it; null: it may be. Only one that bears our name: a state or log folder may be
 * configured to lie anywhere, in a folder with other people's files too, and what `--purge` deletes nobody brings back.
 */
export function whyNotPurged(path: string, home: string): string | null {
  const parts = path.split('/').filter(Boolean)
  if (parts.length < 2 || path === home || home.startsWith(`${path}/`)) return 'it holds more than a fleet'
  return ownName.test(path)
    ? null
    : 'it does not bear our name, and may hold more than ours; delete it yourself'
}
