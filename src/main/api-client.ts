import { userInfo } from 'node:os'
import type { Address } from '../client/address.ts'
import type { ClientManner } from '../cli/command.ts'
import type { ApiClient } from '../client/client.ts'
import { howToStart } from './how-to-start.ts'
import { note, type Origin } from './origin.ts'
import { placeOf } from './place.ts'

/** The client of the daemon that is meant: by `--host`, or else by the configuration. Nothing is asked of it yet. */
export async function apiClient(origin: Origin, manner?: ClientManner): Promise<ApiClient> {
  const { process, clock } = origin
  const tell = (text: string) => (manner ? manner.tell(text) : note(origin, `jrctl: ${text}`))
  const { createClient } = await import('../client/client.ts')
  return createClient({
    ...(await addressOf(origin)),
    actor: `${manner?.program ?? 'cli'}:${userName(process)}`,
    clock,
    onWaiting: (socketPath, timeoutMs) =>
      tell(
        `the daemon on ${socketPath} has not answered yet; waiting for up to ${Math.round(timeoutMs / 1000)} s`,
      ),
    onSkew: (daemon, ours) =>
      tell(
        `the daemon speaks version ${daemon} of the API, this command version ${ours}; restart the older one`,
      ),
  })
}

/** A daemon elsewhere, where one is named; a configuration that is named too means its own. */
export function hostOf({ process, host, configPath }: Origin): string | undefined {
  if (host !== undefined) return host
  const byEnvironment = process.env['JRCTL_HOST'] ?? ''
  return byEnvironment === '' || configPath !== undefined ? undefined : byEnvironment
}

async function addressOf(origin: Origin): Promise<Address> {
  const { process, configPath } = origin
  const host = hostOf(origin)
  // Within a task: who asks is then known, and a worker of another account is let in by it alone.
  const key = process.env['JRCTL_ATTEMPT_KEY']
  if (host !== undefined) {
    const { parseHost } = await import('../client/address.ts')
    return parseHost(host, process.env['JRCTL_TOKEN'] ?? key ?? null)
  }
  const start = howToStart(origin.installed)
  const { locateSocket } = await import('../config/locate.ts')
  const { socket, mistake } = await locateSocket({ ...placeOf(process), configPath })
  if (mistake !== undefined)
    note(origin, `warning: ${mistake}\n  Asking the daemon that runs with what it read before.`)
  return { socketPath: socket, ...(key === undefined ? {} : { key }), ...(start === null ? {} : { start }) }
}

/** Who asks, as this process knows it. */
export function userName(process: NodeJS.Process): string {
  try {
    return userInfo().username
  } catch {
    // An id without an entry in /etc/passwd, as in containers.
    return `uid ${process.getuid?.() ?? '?'}`
  }
}
