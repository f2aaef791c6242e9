import type { VersionFacts } from '../../ports/machine-checkup.ts'
import { bad, note, ok, warn, type Check } from './check.ts'

/** Before it, a reset of the write-ahead log could damage a database that two connections have open. */
const sqliteMin = '3.51.3'
/** From it on the kernel kills a cgroup at once (cgroup.kill). */
const kernelMin = '5.14'
/** CLI and daemon may differ by one version. */
const stepsAllowed = 1

export function judgeVersions(facts: VersionFacts): Check[] {
  const { jrctl, node, sqlite, sqliteProblem, kernel, daemon } = facts
  const parts = [
    `jrctl ${jrctl}`,
    `Node ${node}`,
    ...(sqlite === null ? [] : [`SQLite ${sqlite}`]),
    `Linux ${kernel}`,
  ]
  return [
    ok('machine.versions', parts.join(', ')),
    ...(sqlite !== null && isBefore(sqlite, sqliteMin)
      ? [
          warn(
            'machine.sqlite',
            `SQLite ${sqlite} can damage a file that two processes have open`,
            `Use jrctl with the SQLite that it brings along, or ${sqliteMin} and later.`,
          ),
        ]
      : []),
    ...(sqliteProblem === null
      ? []
      : [
          bad(
            'package.sqlite',
            `SQLite cannot be loaded, without which no daemon starts: ${sqliteProblem}`,
            'Packaged: JRCTL_UNPACK_DIR=FOLDER, one that is yours alone and not mounted noexec. Else: npm ci',
          ),
        ]),
    ...(isBefore(kernel, kernelMin)
      ? [
          note(
            'machine.kernel',
            `Linux ${kernel} cannot kill a cgroup at once: a worker's tree is ended process by process`,
            `Linux ${kernelMin} and later can.`,
          ),
        ]
      : []),
    ...(daemon === null ? [] : judgeSkew(jrctl, daemon)),
  ]
}

function judgeSkew(ours: string, daemons: string): Check[] {
  if (ours === daemons) return []
  const name = 'machine.skew'
  const text = `the daemon is jrctl ${daemons}, this command ${ours}`
  return stepsBetween(ours, daemons) <= stepsAllowed
    ? [note(name, text, 'They work together; restart the daemon when it suits: jrctl daemon --take-over')]
    : [
        warn(
          name,
          `${text}: more than one version apart, so that they may misunderstand each other`,
          'Use the same jrctl for both; the workers survive: jrctl daemon --take-over',
        ),
      ]
}

/** Minor versions between two of one major version; of two majors, more than are allowed. */
export function stepsBetween(one: string, other: string): number {
  const [a, b] = [numbersOf(one), numbersOf(other)]
  return a[0] === b[0] ? Math.abs((a[1] ?? 0) - (b[1] ?? 0)) : Number.POSITIVE_INFINITY
}

export function isBefore(version: string, min: string): boolean {
  const [found, needed] = [numbersOf(version), numbersOf(min)]
  for (const [index, part] of needed.entries()) {
    const difference = (found[index] ?? 0) - part
    if (difference !== 0) return difference < 0
  }
  return false
}

/** `6.1.0-18-amd64` is 6, 1, 0. */
function numbersOf(version: string): number[] {
  return (/^\d+(\.\d+)*/.exec(version)?.[0] ?? '0').split('.').map(Number)
}
