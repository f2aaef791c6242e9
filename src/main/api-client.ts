import { userInfo } from 'node:os'
import type { ApiClient } from '../client/client.ts'
import { note, type Origin } from './origin.ts'
import { placeOf } from './place.ts'

/** The client of the daemon that the configuration means. Nothing is asked of it yet. */
export async function apiClient(origin: Origin): Promise<ApiClient> {
  const { process, clock, configPath } = origin
  const { locateSocket } = await import('../config/locate.ts')
  const { createClient } = await import('../client/client.ts')
  const { socket, mistake } = await locateSocket({ ...placeOf(process), configPath })
  if (mistake !== undefined)
    note(origin, `warning: ${mistake}\n  Asking the daemon that runs with what it read before.`)
  return createClient({
    socketPath: socket,
    actor: `cli:${userName(process)}`,
    clock,
    onWaiting: (socketPath, timeoutMs) =>
      note(
        origin,
        `jrctl: the daemon on ${socketPath} has not answered yet; waiting for up to ${Math.round(timeoutMs / 1000)} s`,
      ),
    onSkew: (daemon, ours) =>
      note(
        origin,
        `jrctl: the daemon speaks version ${daemon} of the API, this command version ${ours}; restart the older one`,
      ),
  })
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
