/** A worker as the boot sees it. */
export interface BootMember {
  name: string
  dependsOn: readonly string[]
  /** From 1. */
  layer: number
}

/**
 * How far a worker has come. `ready`: others may count on it. `coming`: it is not, and may be soon. `blocked`: it waits for
 * its own dependencies. `out`: nothing comes of it until somebody acts (paused, given up, no such program). `why` is plain
 * words that go on after "waits for X to be ready: ".
 */
export type Standing = { kind: 'ready' } | { kind: 'coming' | 'blocked' | 'out'; why: string }

/** A worker's standing; a name that is not supervised here has none, and is waited for by nobody. */
export type StandingOf = (name: string) => Standing | undefined

/** More names than these are counted. */
const namesShown = 3

/** The highest layer that may start, and who of it is not ready. */
export interface OpenLayer {
  layer: number
  late: readonly Lack[]
}

/**
 * What a worker waits for before it starts, in plain words; null: it may start. First its own dependencies, which tell more, then
 * the layers below, each of which has to be open.
 */
export function waitOf(member: BootMember, standingOf: StandingOf, open: OpenLayer): string | null {
  const lacking = member.dependsOn.flatMap((name) => lackOf(name, standingOf))
  if (lacking.length > 0)
    return `waits for ${listOf(lacking.map(({ name }) => name))} to be ready: ${reasons(lacking)}`
  if (member.layer <= open.layer) return null
  if (open.late.length === 0) return `waits for layer ${open.layer}`
  return `waits for layer ${open.layer} to be ready: ${describeLacks(open.late)}`
}

/** A worker that is not ready, and why. */
export interface Lack {
  name: string
  why: string
}

/** Who of a layer may still become ready: as long as there is one, the layer above waits. */
export function lateIn(layer: number, members: readonly BootMember[], standingOf: StandingOf): Lack[] {
  return members
    .filter((member) => member.layer === layer)
    .flatMap(({ name }) => {
      const standing = standingOf(name)
      return standing?.kind === 'coming' ? [{ name, why: standing.why }] : []
    })
}

/** Workers with their reasons, the first few by name. */
export function describeLacks(lacks: readonly Lack[]): string {
  const rest = lacks.length - namesShown
  const shown = lacks.slice(0, namesShown).map(({ name, why }) => `${name} (${why})`)
  return `${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}

function lackOf(name: string, standingOf: StandingOf): Lack[] {
  const standing = standingOf(name)
  return standing === undefined || standing.kind === 'ready' ? [] : [{ name, why: standing.why }]
}

function reasons(lacks: readonly Lack[]): string {
  const [only] = lacks
  return lacks.length === 1 && only !== undefined ? only.why : describeLacks(lacks)
}

function listOf(names: readonly string[]): string {
  const rest = names.length - namesShown
  if (rest > 0) return `${names.slice(0, namesShown).join(', ')} and ${rest} more`
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
