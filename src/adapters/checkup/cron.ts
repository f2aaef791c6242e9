import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CronFacts } from '../../ports/machine-checkup.ts'

const tableMax = 262_144
const lineMax = 200

/**
 * The lines that ask for our health check: of this account's table, of the machine's, and of that to which `jrctl install` has given
 * one, which root may read.
 */
export async function examineCron(options: {
  env: NodeJS.ProcessEnv
  timeoutMs: number
  uid: number
  /** Another account; null: nobody. */
  installedFor: string | null
}): Promise<CronFacts> {
  const { installedFor, uid } = options
  const files = [
    '/etc/crontab',
    ...(await readdir('/etc/cron.d').catch(() => [])).map((name) => join('/etc/cron.d', name)),
  ]
  const tables = await Promise.all([
    tableOf([], options),
    ...(installedFor === null ? [] : [tableOf(['-u', installedFor], options)]),
    ...files.map(async (where) => ({ where, text: await readFile(where, 'utf8').catch(() => '') })),
  ])
  const lines = tables.flatMap(({ where, text }) => checksIn(text ?? '').map((line) => ({ where, line })))
  // Root is told that there is none.
  const isClosed = installedFor !== null && uid !== 0 && tables[1]?.text === null
  return { lines, closed: isClosed ? installedFor : null }
}

/** Lines that are in force and run `jrctl health-check`. */
export function checksIn(table: string): string[] {
  return table
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => !line.startsWith('#') && /\bjrctl\b.*\bhealth-check\b/.test(line))
    .map((line) => line.slice(0, lineMax))
}

/** Its text is null where there is no cron, or no table, or it is another's. */
function tableOf(
  whose: readonly string[],
  { env, timeoutMs }: { env: NodeJS.ProcessEnv; timeoutMs: number },
): Promise<{ where: string; text: string | null }> {
  const where = ['crontab', ...whose, '-l'].join(' ')
  const limits = { env, timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: tableMax } as const
  return new Promise((resolve) => {
    execFile('crontab', [...whose, '-l'], limits, (error, stdout) =>
      resolve({ where, text: error === null ? stdout : null }),
    )
  })
}
