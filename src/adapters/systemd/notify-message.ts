import type { ServiceNews } from '../../ports/service-manager.ts'

/** A status is one line, and a datagram small. */
const statusCharactersMax = 400

const states = { ready: 'READY=1', reloading: 'RELOADING=1', stopping: 'STOPPING=1' } as const

/** News as assignments of sd_notify(3). `monotonicUs`: CLOCK_MONOTONIC, by which a reload is told from an earlier one. */
export function notifyMessage(news: ServiceNews, monotonicUs: bigint): string[] {
  const { state, status, mainPid, extendMs } = news
  return [
    ...(state === undefined ? [] : [states[state]]),
    ...(state === 'reloading' ? [`MONOTONIC_USEC=${monotonicUs}`] : []),
    ...(status === undefined ? [] : [`STATUS=${oneLine(status)}`]),
    // The watchdog was set for us: whoever comes was not told of it, and would be ended for giving no signs.
    ...(mainPid === undefined ? [] : [`MAINPID=${mainPid}`, 'WATCHDOG_USEC=0']),
    ...(extendMs === undefined ? [] : [`EXTEND_TIMEOUT_USEC=${Math.round(extendMs * 1000)}`]),
  ]
}

/** What an assignment is about: of two about the same, the newer counts, and READY takes back RELOADING. */
export function subjectOf(assignment: string): string {
  const name = assignment.slice(0, assignment.indexOf('='))
  return name === 'RELOADING' ? 'READY' : name
}

function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/\p{Cc}+/gu, ' ')
    .slice(0, statusCharactersMax)
}
