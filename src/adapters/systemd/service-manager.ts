import type { Clock, Timer } from '../../ports/clock.ts'
import type { ServiceManager, ServiceNews, Watch } from '../../ports/service-manager.ts'
import { notifyMessage, subjectOf } from './notify-message.ts'
import { createNotifyProgram } from './notify-program.ts'
import { openNotifySocket } from './notify-socket.ts'
import { takeServiceVariables } from './service-variables.ts'
import { unitOf } from './unit.ts'

/** A full socket (the manager is busy) is tried again so often before the news is given up for lost. */
const retryMs = 100
const retriesMax = 50
/** No watchdog is petted more often. */
const petMsMin = 10

/**
 * The manager that the environment names, which is cleared of it. There are three ways to tell it something: by `node:ffi`
 * (a call of microseconds, and what the kernel proves is our own pid), by the program `systemd-notify` where this Node has no
 * `node:ffi`, and not at all. A helper process that stays was turned down: a sign of life has to come from the loop it vouches for,
 * and the unit would have to trust more than its main process.
 */
export function createServiceManager(options: {
  env: NodeJS.ProcessEnv
  pid: number
  clock: Clock
}): ServiceManager {
  const { env, pid, clock } = options
  const { socket, watchdogMs, isStarted } = takeServiceVariables(env, pid)
  let status: string | undefined
  const send = socket === null ? null : wayTo(socket, pid, clock, () => (status = undefined))
  return {
    name: send !== null || isStarted ? nameOf(unitOf(pid)) : null,
    tell(news: ServiceNews) {
      const said = status
      status = news.status ?? status
      // Each change of the status is a signal on the bus to whoever looks at units: what is no change is none.
      const { status: same, ...others } = news
      const message = notifyMessage(same === said ? others : news, process.hrtime.bigint() / 1000n)
      if (message.length > 0) send?.(message)
    },
    watch(complaint) {
      if (send === null || watchdogMs === null) return { stop() {} }
      return petting(send, Math.max(petMsMin, watchdogMs / 2), complaint, clock)
    },
  }
}

type Send = (assignments: readonly string[]) => void

/** Null for an address that nobody can be reached by. */
function wayTo(socket: string, pid: number, clock: Clock, lost: () => void): Send | null {
  const direct = openNotifySocket(socket)
  if (direct !== null) return patiently((message) => direct.send(message), clock, lost)
  if (!/^[/@]./.test(socket)) return null
  const program = createNotifyProgram(socket, pid)
  return (assignments) => program.send(assignments)
}

/** Keeps what could not be sent, and sends it with the next news or a moment later, for 5 s at most. */
function patiently(sendNow: (message: string) => boolean, clock: Clock, lost: () => void): Send {
  let waiting: string[] = []
  let retries = 0
  let timer: Timer | undefined

  function attempt(): void {
    if (sendNow(waiting.join('\n'))) settle()
    else timer ??= clock.after(retryMs, retry, { background: true })
  }
  function retry(): void {
    timer = undefined
    retries += 1
    if (retries <= retriesMax) return attempt()
    settle()
    lost()
  }
  function settle(): void {
    timer?.cancel()
    timer = undefined
    waiting = []
    retries = 0
  }
  return (assignments) => {
    // What is said again replaces what was said before.
    const said = new Set(assignments.map(subjectOf))
    waiting = [...waiting.filter((assignment) => !said.has(subjectOf(assignment))), ...assignments]
    attempt()
  }
}

function petting(send: Send, everyMs: number, complaint: () => string | null, clock: Clock): Watch {
  let timer: Timer
  const look = (): void => {
    if (complaint() === null) send(['WATCHDOG=1'])
    timer = clock.after(everyMs, look, { background: true })
  }
  look()
  return { stop: () => timer.cancel() }
}

function nameOf(unit: string | null): string {
  return unit === null ? 'a service manager' : `systemd unit ${unit}`
}
