import { readStat } from '../../src/adapters/process/proc.ts'

/** One that has ended and whom nobody has looked after yet is dead: the first process takes its time with orphans. */
export function isAlive(pid: number): boolean {
  return readStat(pid)?.zombie === false
}
