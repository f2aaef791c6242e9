export interface StartingPlaces {
  stateDir: string
  /** Null: within the state directory, as by default. */
  logsDir: string | null
  environmentFile: string
}

interface Change {
  from: RegExp
  to: string
}

/**
 * A configuration for a new node out of the example that documents every key: same text, but with the places of the service written
 * down (so that the commands of whoever looks find the same), without a queue of its own, without steering anybody's queue unasked,
 * and with the example's workers as comments. Null: the example is not what this was written for.
 */
export function startingConfig(example: string, places: StartingPlaces): string | null {
  const at = example.search(fleetHead)
  if (at < 0) return null
  const [settings, fleet] = [example.slice(0, at), example.slice(at)]
  let text = settings
  for (const { from, to } of changesOf(places)) {
    if (!from.test(text)) return null
    // As a function: a path may hold a `$`.
    text = text.replace(from, () => to)
  }
  return text + commentedOut(fleet)
}

const fleetHead = /^# -+ The fleet: /m

function changesOf({ stateDir, logsDir, environmentFile }: StartingPlaces): Change[] {
  return [
    {
      from: /^# jrctl's configuration: .*\n(?=#)/,
      to:
        "# The configuration of this node's fleet, written by `jrctl install`; every key with its default, unit and reason. Two things are\n" +
        `# yours to say before it runs: where the queue is ([queue] url, or DATABASE_URL in ${environmentFile}, mode 0600),\n` +
        '# and which workers there are ([[workers]], at the end).\n',
    },
    { from: /^# state_dir = .*$/m, to: `state_dir = ${tomlString(stateDir)}` },
    { from: /^embedded = true$/m, to: 'embedded = false' },
    {
      from: /^# Start and own a PostgreSQL when no connection is configured\..*\n(?:# .*\n)*/m,
      to: '# true: start and own a PostgreSQL when no connection is configured. Not by itself, so that no node quietly works on a private,\n# empty queue.\n',
    },
    {
      from: /(?<=^\[orchestrator\]\n(?:#.*\n)*)enabled = true$/m,
      to: 'enabled = false',
    },
    {
      from: / The default is false, so that nobody's queue is steered\n# unasked; true here, so that this file shows it\./,
      to: '',
    },
    ...(logsDir === null ? [] : [{ from: /^# dir = .*$/m, to: `dir = ${tomlString(logsDir)}` }]),
  ]
}

/** Every setting as a comment, so that the reasons above them still speak of something. */
function commentedOut(fleet: string): string {
  return fleet.replaceAll(/^(?!#|$)/gm, '# ')
}

/** JSON's escapes are TOML's, for what a path may hold. */
function tomlString(text: string): string {
  return JSON.stringify(text)
}
