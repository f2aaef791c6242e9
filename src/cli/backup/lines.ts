import type { BackupManifest } from '../../domain/backup/manifest.ts'
import { safe } from '../../text/fit.ts'
import { bytes, count, moment, number } from '../../text/format.ts'
import type { BackupMade, BackupSeen, Obstacle, RestoreDone } from './service.ts'

const labelCells = 13

/** What was written, in a few lines. */
export function madeLines(made: BackupMade & { file: string }): string[] {
  return [
    `Backed up into ${safe(made.file)}`,
    ...contentLines(made.manifest),
    labelled(
      'size',
      `${bytes(made.bytes)}, of ${count(made.files, 'file')} with ${bytes(made.contentBytes)}`,
    ),
    ...made.removed.map((file) => labelled('removed', safe(file))),
  ]
}

/** What a backup holds, and that all of it is as it was written. */
export function seenLines(seen: BackupSeen, nowMs: number): string[] {
  return [
    `${safe(seen.file)} is whole: ${count(seen.files, 'file')} as they were written, the ledger's chain and the local state sound`,
    labelled(
      'taken',
      `${moment(Date.parse(seen.manifest.createdAt), nowMs)} by jrctl ${safe(seen.manifest.version)}`,
    ),
    ...contentLines(seen.manifest),
    labelled('size', `${bytes(seen.bytes)}, ${bytes(seen.contentBytes)} unpacked`),
  ]
}

export function restoredLines(done: RestoreDone, nowMs: number): string[] {
  return [
    ...seenLines(done, nowMs),
    '',
    outcomeWords(done),
    ...done.obstacles.flatMap(obstacleLines),
    ...(done.aside === null
      ? [labelled('replaces', 'nothing')]
      : [
          labelled('replaces', done.replaced.map(safe).join(', ')),
          labelled(done.dryRun ? 'would go to' : 'the old is in', safe(done.aside)),
        ]),
    labelled('node', nodeWords(done)),
    ...(done.dryRun ? [] : settledLines(done)),
  ]
}

function nodeWords({ node, otherNode }: RestoreDone): string {
  if (node !== null) return safe(node)
  if (otherNode === null) return 'a new one: it was none yet'
  const than = otherNode === 'machine' ? 'machine than it was taken on' : 'folder than it was taken of'
  return `a new one, since this is another ${than}; where that daemon starts no more, --keep-node keeps it`
}

function outcomeWords({ dryRun, obstacles, stateDir }: RestoreDone): string {
  if (!dryRun) return `Restored into ${safe(stateDir)}`
  return obstacles.length === 0
    ? `It would be restored into ${safe(stateDir)}; nothing was changed`
    : `It would not be restored into ${safe(stateDir)}, as things are; nothing was changed`
}

function obstacleLines({ message, hint }: Obstacle): string[] {
  return [labelled('in the way', safe(message)), ...(hint === null ? [] : [labelled('', safe(hint))])]
}

function settledLines({ tasksGivenBack, workersForgotten, config }: RestoreDone): string[] {
  return [
    ...(tasksGivenBack === null ? [] : [labelled('tasks', givenBackWords(tasksGivenBack))]),
    ...(workersForgotten === 0
      ? []
      : [labelled('workers', `${count(workersForgotten, 'instance')} of then forgotten`)]),
    ...(config === null ? [] : [labelled('config', `that of then is in ${safe(config)}`)]),
  ]
}

function givenBackWords(tasks: number): string {
  if (tasks === 0) return 'none was at work then'
  return `${count(tasks, 'task')} at work then ${tasks === 1 ? 'waits' : 'wait'} again`
}

function contentLines({ node, host, state, database, secrets }: BackupManifest): string[] {
  const { entries, lastId } = state.ledger
  return [
    labelled('node', node === null ? `none yet, on ${safe(host)}` : `${safe(node)}, on ${safe(host)}`),
    labelled('state', `${bytes(state.bytes)}, ${number(entries)} entries of the ledger, the last ${lastId}`),
    labelled('database', databaseWords(database)),
    labelled('secrets', secrets ? 'in it: keep it as you keep a password' : 'left out'),
  ]
}

function databaseWords(database: BackupManifest['database']): string {
  if (database.kind === 'foreign') return `not in it: ${safe(database.target)}`
  if (database.kind === 'absent') return 'none: it was never made'
  return `embedded PostgreSQL ${safe(database.server)} (${safe(database.architecture)}), ${bytes(database.bytes)}`
}

function labelled(label: string, text: string): string {
  return `  ${label.padEnd(labelCells)}  ${text}`
}
