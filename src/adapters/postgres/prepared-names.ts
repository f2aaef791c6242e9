/**
 * Names under which a session keeps a statement prepared. Postgres plans it once, by the sizes that the tables have then, and
 * a plan made over an empty table reads the whole of it when it has grown; statistics that would tell come a minute later.
 * So a statement is prepared anew at its second, fourth, eighth, … run in a session: a plan costs as much as a few runs, and
 * tables that we fill ourselves grow with our runs.
 */
export function createPreparedNames(): (session: object, name: string) => string {
  const runs = new WeakMap<object, Map<string, number>>()
  return (session, name) => {
    const counts = runs.get(session) ?? new Map<string, number>()
    runs.set(session, counts)
    const count = (counts.get(name) ?? 0) + 1
    counts.set(name, count)
    return `${name}_${Math.floor(Math.log2(count))}`
  }
}
