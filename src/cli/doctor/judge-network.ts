import { daemonUnit } from '../../domain/units/unit-name.ts'
import type {
  AlertChannelFacts,
  PortFacts,
  ServiceFacts,
  UpstreamFacts,
} from '../../ports/machine-checkup.ts'
import { duration } from '../../text/format.ts'
import { bad, note, ok, warn, type Check } from './check.ts'
import type { DaemonFacts } from './machine-facts.ts'

/** @param services null: they were not seen */
export function judgePorts(
  ports: readonly PortFacts[],
  daemon: DaemonFacts,
  services: ServiceFacts | null,
): Check[] {
  return ports.map((port) => judgeLikely(port, daemon, services) ?? judgePort(port))
}

/** Of a daemon that does not answer us, what listens at its place is rather that daemon than another's; null: nothing says so. */
function judgeLikely(
  { what, host, port, holder }: PortFacts,
  daemon: DaemonFacts,
  services: ServiceFacts | null,
): Check | null {
  if (holder === null || holder.isOurs || daemon.up) return null
  const name = `network.${what}`
  const at = `${host}:${port}`
  const unit = (services?.units ?? []).find((one) => one.name === daemonUnit && one.mainPid > 0)
  if (holder.pid !== null && holder.pid === unit?.mainPid)
    return note(
      name,
      `at ${at} listens pid ${holder.pid}, that of ${unit.name}: this fleet's daemon, which does not answer here`,
      `See what it does: systemctl ${unit.scope === 'user' ? '--user ' : ''}status ${unit.name}`,
    )
  // Whose process we may see is ours, and so would be its socket.
  if (holder.pid !== null || daemon.isClosed !== true) return null
  return note(
    name,
    `at ${at} listens probably this fleet's daemon, whose socket is closed to this account`,
    'Ask as the account that the daemon runs as, or as root: sudo jrctl doctor',
  )
}

const keys = { api: '[api] listen', gateway: '[gateway] listen' } as const

function judgePort(facts: PortFacts): Check {
  const { what, host, port, holder, absence, isWritten } = facts
  const name = `network.${what}`
  const at = `${host}:${port}`
  const remedy = `Stop it, or choose another port: ${keys[what]}`
  if (holder !== null && !holder.isOurs) {
    const who = holder.program === null ? 'another program' : `${holder.program} (pid ${holder.pid})`
    const text = `${who} listens at ${at}, where the ${what === 'api' ? 'API' : 'gateway'} would`
    return isWritten ? bad(name, text, remedy) : warn(name, text, remedy)
  }
  if (absence !== null) return warn(name, absence, remedy)
  return ok(name, holder === null ? `${at} is free` : `the daemon listens at ${at}`)
}

/** Slower than this, each request is felt. */
const slowMs = 1_000
const refused = new Set([401, 403])
const firstServerError = 500

export function judgeUpstreams(upstreams: readonly UpstreamFacts[]): Check[] {
  return upstreams.map(judgeUpstream)
}

function judgeUpstream({ name: upstream, kind, address, outcome, keyless }: UpstreamFacts): Check {
  const name = 'network.llm'
  if (kind === 'simulated' || outcome === null)
    return note(
      name,
      `${upstream} is simulated: its answers are made up`,
      'For a real one: [[gateway.upstreams]] url',
    )
  const who = `${upstream} (${address})`
  if (outcome.kind === 'failed')
    return bad(
      name,
      `${who} is out of reach: ${outcome.why}`,
      'Look at the server, and at url of its [[gateway.upstreams]].',
    )
  const { status, answerMs } = outcome
  if (keyless !== null)
    return note(
      name,
      `${who} answers; whether it takes our key is not known: ${keyless}`,
      'Ask again with the environment of the daemon.',
    )
  if (refused.has(status))
    return bad(
      name,
      `${who} refuses our key (${status})`,
      'Set the key by key_env or key_file of its [[gateway.upstreams]].',
    )
  if (status >= firstServerError)
    return warn(name, `${who} answers with ${status}`, 'Look at the server’s own log.')
  const text = `${who} answers within ${duration(Math.max(1, answerMs))}`
  return answerMs > slowMs
    ? warn(name, text, 'Look at the way to it; every request waits so long.')
    : ok(name, text)
}

export function judgeAlerts(channels: readonly AlertChannelFacts[]): Check[] {
  const name = 'network.alerts'
  if (channels.length === 0)
    return [
      note(
        name,
        'nobody is told when something goes wrong',
        'Name somebody by [[alerts]] in the configuration.',
      ),
    ]
  return channels.map(({ name: channel, problem, isOfShell }) => {
    if (problem === null) return ok(name, `${channel} can be told (try it: jrctl health-check --test-alerts)`)
    return isOfShell
      ? note(name, `${channel} could not be told from here: ${problem}`, 'See that the daemon has it.')
      : bad(
          name,
          `${channel} cannot be told: ${problem}`,
          'Correct it, then: jrctl health-check --test-alerts',
        )
  })
}
