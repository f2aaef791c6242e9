/** What a service manager says to the process that it starts (systemd.exec(5)). */
export interface ServiceVariables {
  /** Where to send news; null: nobody listens. */
  socket: string | null
  /** Without a sign of life within so long we are ended; null: nobody watches. */
  watchdogMs: number | null
  /** It was us that it started, and not one of our ancestors. */
  isStarted: boolean
}

const names = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID', 'SYSTEMD_EXEC_PID'] as const

/**
 * Reads the variables and takes them out of the environment: whoever inherited them would speak in our name (a worker's
 * sign of life would hide that we have none, an embedded server would say that we are ready).
 */
export function takeServiceVariables(env: NodeJS.ProcessEnv, ownPid: number): ServiceVariables {
  const [socket, watchdogUs, watchdogPid, startedPid] = names.map((name) => {
    const value = env[name]
    delete env[name]
    return value === '' ? undefined : value
  })
  const isOurs = watchdogPid === undefined || watchdogPid === String(ownPid)
  return {
    socket: socket ?? null,
    watchdogMs: isOurs && /^[1-9]\d{0,14}$/.test(watchdogUs ?? '') ? Number(watchdogUs) / 1000 : null,
    isStarted: startedPid === String(ownPid),
  }
}
