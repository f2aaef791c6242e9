import { readFileSync } from 'node:fs'
import type { ProcessAccess } from '../adapters/install/old-processes.ts'
import { readMachineUnits, readMark, readStat } from '../adapters/process/proc.ts'
import { sendProven } from '../adapters/process/signal.ts'
import { unitOf } from '../adapters/systemd/unit.ts'
import { nameOfUid } from '../domain/passwd.ts'

/** Processes as the supervisor's own adapter knows them. */
export function processAccess(): ProcessAccess {
  const { ticksPerSecond } = readMachineUnits()
  const passwd = readFileSync('/etc/passwd', 'utf8')
  return {
    stat: readStat,
    mark: readMark,
    unitOf,
    signal: sendProven,
    ticksPerSecond,
    nameOf: (uid) => nameOfUid(passwd, uid),
  }
}
