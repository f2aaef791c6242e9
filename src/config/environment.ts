import { singleKeys } from './keys.ts'
import type { SingleKey } from './keys.ts'
import { resolvePath } from './paths.ts'
import { seedVariables } from './seed-variables.ts'
import type { Environment, Place } from './paths.ts'
import { nearest } from './suggest.ts'

/** Names that mean something else than a key: ours in other places, and what we put into the environment of workers. */
const reserved = new Set([
  'JRCTL_CONFIG',
  'JRCTL_SOCKET',
  'JRCTL_HOST',
  'JRCTL_TOKEN',
  'JRCTL_API_TOKEN',
  'JRCTL_MARK',
  'JRCTL_WORKER_ID',
  'JRCTL_NODE_ID',
  'JRCTL_ATTEMPT_KEY',
  'JRCTL_ATTEMPT_MARK',
  'JRCTL_GATEWAY_URL',
  'JRCTL_GATEWAY_DIALECTS',
  'JRCTL_GATEWAY_AT',
  'JRCTL_DEMO_PROJECT',
  'JRCTL_DEMO_MODEL',
  'JRCTL_POSTGRES_BIN',
  'JRCTL_UNPACK_DIR',
  'JRCTL_ENVIRONMENT_FILE',
])
const reservedPrefix = 'JRCTL_TEST_'

/** Keys that the environment sets, by key. An empty variable counts as not set, as systemd's and compose's files leave them. */
export function overridesFrom(env: Environment): Map<string, SingleKey> {
  const isSet = ({ variable }: SingleKey) => (env[variable] ?? '') !== ''
  // Our own names come last, and so win.
  return new Map([...seedVariables, ...singleKeys].filter(isSet).map((single) => [single.key, single]))
}

/** The file's values with the environment's in their place; the file's own are not changed. */
export function withOverrides(
  raw: Readonly<Record<string, unknown>>,
  overrides: Iterable<SingleKey>,
  place: Place,
): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...raw }
  for (const single of overrides) {
    const [first, second] = single.path
    const value = valueOf(single, place.env[single.variable] ?? '', place)
    if (first === undefined) continue
    if (second === undefined) merged[first] = value
    else if (isTable(merged[first])) merged[first] = { ...merged[first], [second]: value }
  }
  return merged
}

/** A section that is missing counts as an empty table; one of another kind is left to be refused. */
function isTable(value: unknown): value is Record<string, unknown> | undefined {
  return value === undefined || (typeof value === 'object' && value !== null && !Array.isArray(value))
}

/**
 * The text as the kind of value the key takes; a text that is none is left as it is, to be refused by name. A path is
 * relative to where the command runs, not to the file.
 */
function valueOf({ note, field, worded }: SingleKey, told: string, { cwd, home }: Place): unknown {
  const text = worded === undefined ? told : worded(told)
  if (note.kind === 'number') return /^-?\d{1,15}(\.\d{1,15})?$/.test(text.trim()) ? Number(text) : text
  if (note.kind === 'boolean') return truths.get(text.trim().toLowerCase()) ?? text
  return note.unit === 'path' && field.safeParse(text).success ? resolvePath(text, cwd, home) : text
}

const truths = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
])

/** One warning for each `JRCTL_…` variable that names no key. */
export function misspelledVariables(env: Environment): string[] {
  const variables = singleKeys.map(({ variable }) => variable)
  const known = new Set(variables)
  return Object.keys(env)
    .filter((name) => name.startsWith('JRCTL_') && !name.startsWith(reservedPrefix))
    .filter((name) => !known.has(name) && !reserved.has(name))
    .flatMap((name) => {
      const meant = nearest(name, variables)
      return meant === null
        ? []
        : [`the variable ${name} names no key and is ignored; did you mean ${meant}?`]
    })
}
