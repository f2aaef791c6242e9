import type { JrName } from '../../../src/domain/ids.ts'
import { safe } from '../../../src/text/fit.ts'

/** Whose log: an instance of a Jr, or the daemon (null). */
export interface LogName {
  jr: JrName | null
  /** From 1. */
  instance: number
}

export const daemonLog: LogName = { jr: null, instance: 1 }

/** The same for the same log. No worker's is the daemon's, for it ends with a number. */
export function logKey({ jr, instance }: LogName): string {
  return jr === null ? 'daemon' : `${jr} ${instance}`
}

/** For people. */
export function logLabel({ jr, instance }: LogName): string {
  if (jr === null) return 'daemon'
  return instance > 1 ? `${safe(jr)} #${instance}` : safe(jr)
}

/** The command that shows the same. */
export function logCommand({ jr, instance }: LogName): string {
  if (jr === null) return 'jrctl logs -f'
  return `jrctl logs ${JSON.stringify(safe(jr))} -f${instance > 1 ? ` --instance ${instance}` : ''}`
}
