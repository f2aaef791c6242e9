import { shellWord } from '../../domain/install/shell-word.ts'
import type { FileFacts } from '../../ports/machine-checkup.ts'
import { bad, ok, warn, type Check } from './check.ts'

const name = 'machine.files'
const root = 0

/** Who may read our secrets, and who may write what decides what we run. @param uid The account we are. */
export function judgeFiles(files: readonly FileFacts[], uid: number): Check[] {
  // Who has the fleet's own files runs it.
  const ofFleet = files.flatMap(({ kind, found }) =>
    kind === 'private' && found !== null ? [found.uid] : [],
  )
  const trusted = new Set([root, uid, ...ofFleet])
  const checks = files.flatMap((file) => judgeFile(file, trusted))
  const there = files.filter(({ found }) => found !== null).length
  if (checks.length === 0 && there === 0) return []
  return checks.length > 0
    ? checks
    : [
        ok(
          name,
          `${there === 1 ? 'one file or folder that matters is' : `${there} files and folders that matter are`} closed to others`,
        ),
      ]
}

function judgeFile(file: FileFacts, trusted: ReadonlySet<number>): Check[] {
  if (file.found === null) return file.kind === 'private' ? [] : [missing(file)]
  const { mode, readable, uid: owner } = file.found
  const checks: Check[] = []
  if (!readable && file.kind !== 'private')
    checks.push(
      warn(
        name,
        `${file.what}, ${file.path}, cannot be read by this account`,
        'As its owner, let the account of the daemon read it, and run jrctl doctor as that account.',
      ),
    )
  if (file.kind === 'trusted' && !trusted.has(owner))
    checks.push(
      warn(
        name,
        `${file.what}, ${file.path}, belongs to uid ${owner}, who may change it`,
        `As root: chown root ${shellWord(file.path)}`,
      ),
    )
  return [...checks, ...judgeMode(file, mode)]
}

function missing({ what, path, kind }: FileFacts): Check {
  return kind === 'secret'
    ? bad(
        name,
        `${what}, ${path}, is not there or closed to us`,
        'Write the secret into it, and nothing else; chmod 600.',
      )
    : bad(name, `${what}, ${path}, is not there or closed to us`, 'Name another, or make it.')
}

function judgeMode({ what, path, kind }: FileFacts, mode: number): Check[] {
  const shown = (mode & 0o777).toString(8).padStart(3, '0')
  if ((mode & 0o022) !== 0 && kind !== 'private')
    return [
      bad(
        name,
        `${what}, ${path}, may be written by others (mode ${shown})`,
        `chmod go-w ${shellWord(path)}`,
      ),
    ]
  if (kind === 'trusted') return []
  if ((mode & 0o007) !== 0)
    return [
      bad(
        name,
        `${what}, ${path}, is open to everybody here (mode ${shown})`,
        `chmod o-rwx ${shellWord(path)}`,
      ),
    ]
  return (mode & 0o070) === 0
    ? []
    : [
        warn(
          name,
          `${what}, ${path}, is open to its group (mode ${shown})`,
          `chmod go-rwx ${shellWord(path)}`,
        ),
      ]
}
