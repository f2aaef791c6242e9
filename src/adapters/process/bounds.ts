import { readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import type { ResourceLimits } from '../../domain/resource-limits.ts'
import { OperationalError } from '../../errors.ts'
import { findProgram } from './program.ts'

const systemPath = '/usr/bin:/bin'

/**
 * The words that put before a command give it its niceness; the bound on open files the shim sets itself. Throws
 * OperationalError `process.limits` for what this daemon has no right to give, before anything is started.
 */
export async function boundsPrefix({ openFiles, nice }: ResourceLimits): Promise<string[]> {
  if (openFiles !== null) checkOpenFiles(openFiles)
  if (nice === null) return []
  const own = getPriority()
  if (nice < own && process.getuid?.() !== 0) {
    throw refusal(`nice = ${nice} is below this daemon's own ${own}, which only root may give`, 'raise nice')
  }
  const program = await findProgram('nice', '/', systemPath).catch(() => {
    throw refusal('nice is set, but the program nice is missing', 'install the package coreutils')
  })
  // What the program takes is added to our own.
  return nice === own ? [] : [program, '-n', String(nice - own)]
}

function checkOpenFiles(wanted: number): void {
  const isRoot = process.getuid?.() === 0
  const max = isRoot ? numberIn('/proc/sys/fs/nr_open', /^(\d+)/) : hardMax()
  if (max === null || wanted <= max) return
  throw refusal(
    `open_files = ${wanted} is over the ${max} that ${isRoot ? 'this machine' : 'this daemon'} may have`,
    isRoot ? 'raise fs.nr_open (sysctl)' : "raise LimitNOFILE of the daemon's unit, or its ulimit -Hn",
  )
}

function hardMax(): number | null {
  return numberIn('/proc/self/limits', /^Max open files +\S+ +(\d+) /m)
}

function numberIn(path: string, pattern: RegExp): number | null {
  try {
    const found = pattern.exec(readFileSync(path, 'latin1'))?.[1]
    return found === undefined ? null : Number(found)
  } catch {
    return null
  }
}

function refusal(message: string, hint: string): OperationalError {
  return new OperationalError(message, { code: 'process.limits', retryable: true, hint })
}
