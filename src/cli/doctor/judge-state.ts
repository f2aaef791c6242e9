import type { DiskFacts } from '../../ports/machine-checkup.ts'
import type { StateFacts } from '../../ports/state-checkup.ts'
import { shellWord } from '../../domain/install/shell-word.ts'
import { bytes, number, percent } from '../../text/format.ts'
import { bad, note, ok, skipped, warn, type Check } from './check.ts'
import type { StateDirFacts } from './machine-facts.ts'

/** @param uid The account we are. */
export function judgeStateDir(facts: StateDirFacts, uid: number): Check[] {
  const name = 'machine.state'
  const { path, mode, refused, owner } = facts
  if (mode === null && refused === 'EACCES')
    return [
      bad(name, `${path} is not for this account to see`, 'Ask as the account of the daemon, or as root.'),
    ]
  if (mode === null)
    return facts.isLink
      ? [bad(name, `${path} is a link to what is not there`, 'Make the folder it leads to, or remove it.')]
      : [skipped(name, `${path} is not there yet; the daemon makes it`)]
  if (!facts.isFolder) return [bad(name, `${path} is no folder`, 'Move it away, or name another state_dir.')]
  const asOwner = `sudo -u ${shellWord(owner?.name ?? 'OWNER')} jrctl doctor`
  if (refused === 'EROFS')
    return [
      bad(name, `${path} is on a disk that may only be read`, 'Mount it rw, or name another state_dir.'),
    ]
  if (refused !== null && owner?.uid !== uid)
    return [
      bad(name, `${path} belongs to ${owner?.name}, and not to this account`, `Ask as that one: ${asOwner}`),
    ]
  if (refused !== null) return [bad(name, `${path} cannot be written`, `chmod u+rwx ${shellWord(path)}`)]
  const shown = (mode & 0o777).toString(8)
  if ((mode & 0o077) !== 0)
    return [warn(name, `${path} is open to other users (mode ${shown})`, `chmod 700 ${shellWord(path)}`)]
  return owner?.uid === uid
    ? [ok(name, `${path} is private and writable`)]
    : [
        note(
          name,
          `${path} is private and writable, and belongs to ${owner?.name}`,
          `The daemon and backups are for that account alone: sudo -u ${shellWord(owner?.name ?? 'OWNER')} jrctl backup …`,
        ),
      ]
}

export function judgeMemory(facts: StateFacts | null): Check[] {
  if (facts === null) return []
  const { bytes: size, misplaced, damage, newer, ledger } = facts
  if (misplaced !== null)
    return [
      bad(
        'machine.memory',
        `in the place of the local state stands ${misplaced}, and no daemon starts with that`,
        'Move it away: the daemon begins a new one and rebuilds what the database knows. Or bring a backup back: jrctl restore FILE',
      ),
    ]
  if (newer !== null)
    return [
      bad(
        'machine.memory',
        `the local state has schema version ${newer.found}, of a later jrctl; this one knows versions up to ${newer.known}, and its daemon does not start with it`,
        'Use the jrctl that wrote it, or a later one.',
      ),
    ]
  return [
    damage === null
      ? ok('machine.memory', `the local state, ${bytes(size)}, is sound`)
      : bad(
          'machine.memory',
          `the local state is damaged: ${damage}`,
          'Restart the daemon: it sets the file aside and rebuilds what the database knows. Or bring a backup back: jrctl restore FILE',
        ),
    ledgerOf(ledger),
  ]
}

function ledgerOf(ledger: StateFacts['ledger']): Check {
  const name = 'machine.ledger'
  if (ledger === null) return skipped(name, 'the ledger cannot be read: the local state is damaged')
  return ledger.brokenAt === null
    ? ok(
        name,
        `the last ${ledger.checked} entries of the ledger follow from one another (all of them: jrctl ledger verify)`,
      )
    : bad(
        name,
        `entry ${ledger.brokenAt} of the ledger is not as it was written`,
        'See how far it goes with: jrctl ledger verify',
      )
}

/** Below this the ledger, the logs and an embedded database soon stand still. */
const freeWarnBytes = 1024 ** 3
const freeBadBytes = 100 * 1024 ** 2
/** An unpacking makes some hundreds of files, an embedded database a thousand. */
const freeFilesWarn = 20_000
const freeFilesBad = 2_000

export function judgeDisks(disks: readonly DiskFacts[]): Check[] {
  return disks.flatMap((disk) => [spaceOf(disk), ...filesOf(disk)])
}

function spaceOf({ uses, path, freeBytes, totalBytes }: DiskFacts): Check {
  const name = 'machine.disk'
  const part = percent((100 * freeBytes) / Math.max(1, totalBytes))
  const text = `${bytes(freeBytes)} of ${bytes(totalBytes)} (${part}) are free for ${uses.join(', ')} (${path})`
  const remedy = 'Make room there, or set state_dir or [logs] dir to a larger disk.'
  const under = (floor: number) => `${text}, less than ${bytes(floor)}`
  if (freeBytes < freeBadBytes) return bad(name, under(freeBadBytes), remedy)
  return freeBytes < freeWarnBytes ? warn(name, under(freeWarnBytes), remedy) : ok(name, text)
}

function filesOf({ uses, path, freeFiles }: DiskFacts): Check[] {
  if (freeFiles === null || freeFiles >= freeFilesWarn) return []
  const make = freeFiles < freeFilesBad ? bad : warn
  return [
    make(
      'machine.inodes',
      `only ${number(freeFiles)} more files fit on the disk of ${uses.join(', ')} (${path})`,
      `Find who has so many: du --inodes -x -d 2 ${path}`,
    ),
  ]
}
