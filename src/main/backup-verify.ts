import { constants } from 'node:fs'
import { access, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readArchive, type ArchiveContents } from '../adapters/backup/archive-reader.ts'
import { openOwnFolder } from '../adapters/backup/own-folder.ts'
import { unpackEntry } from '../adapters/backup/unpack-entry.ts'
import { accountName } from '../adapters/checkup/libraries.ts'
import { examineRestored } from '../adapters/sqlite/restored-state.ts'
import type { BackupSeen, BackupService } from '../cli/backup/service.ts'
import { backupPaths } from '../domain/backup/paths.ts'
import { newestBackup } from '../domain/backup/names.ts'
import { shellWord } from '../domain/install/shell-word.ts'
import { OperationalError, UserError, exitCode } from '../errors.ts'
import { ownerOf } from './owner-of.ts'
import { roomFailed } from './backup-target.ts'

/**
 * Proves a backup, from its first byte to its last, and the local state in it. Writes that state to a temporary folder of ours alone
 * for as long as it is looked at, and nothing else anywhere.
 */
export async function verifyBackup({
  file,
  progress,
  signal,
}: Parameters<BackupService['verify']>[0]): Promise<BackupSeen> {
  try {
    await requireFile(file)
  } catch (error) {
    throw (await closedFile(file, error)) ?? error
  }
  const folder = await openOwnFolder(tmpdir(), 'jrctl-verify')
  const state = join(folder, 'state.sqlite')
  try {
    const contents = await readArchive(file, {
      async visit(entry) {
        if (entry.path === backupPaths.state) await unpackEntry(entry, state, { flush: false })
      },
      progress: (bytes, of) => progress('reading the backup', bytes, of),
      signal,
    })
    const { entries } = await examineRestored(state)
    return seen(file, contents, entries)
  } catch (error) {
    throw roomFailed(folder, error)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function seen(file: string, contents: ArchiveContents, ledgerEntries: number): BackupSeen {
  const { manifest } = contents
  if (manifest.state.ledger.entries !== ledgerEntries)
    throw new OperationalError(
      `${file} is damaged: its ledger has ${ledgerEntries} entries where ${manifest.state.ledger.entries} were written`,
      { code: 'backup.damaged', retryable: false },
    )
  return { file, ...contents, ledgerEntries }
}

async function requireFile(file: string): Promise<void> {
  const stats = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
    throw error
  })
  if (stats?.isFile() === true) return await access(file, constants.R_OK)
  if (stats?.isDirectory() === true) throw await folderGiven(file)
  throw new UserError(stats === null ? `There is no file ${file}` : `${file} is not a file`, {
    hint: 'Name a file that `jrctl backup` wrote.',
    exit: stats === null ? exitCode.notFound : exitCode.usage,
  })
}

/** With the account that may read it; null: it failed for another reason. */
async function closedFile(file: string, cause: unknown): Promise<OperationalError | null> {
  const { code } = cause as NodeJS.ErrnoException
  if (code !== 'EACCES' && code !== 'EPERM') return null
  const owner = await ownerOf(file)
  const whose =
    owner === null
      ? 'It lies in a folder that is closed to it, and is for the account whose that is, or for root, to read'
      : `It belongs to ${owner}: do it as that account`
  const account = accountName() ?? 'ACCOUNT'
  const copy = `install -m 600 -o ${shellWord(account)} ${shellWord(file)} /tmp/`
  return new OperationalError(`${file} is not for this account (${account}) to read`, {
    code: 'backup.unreadable',
    retryable: false,
    hint: `${whose}. Or have root give this one a copy of it: ${copy}`,
    cause,
  })
}

/** With the file in it that was probably meant. */
async function folderGiven(folder: string): Promise<UserError> {
  const newest = newestBackup(await readdir(folder).catch(() => []))
  return new UserError(`${folder} is a folder, and a backup is one file`, {
    hint:
      newest === null
        ? 'No backup in it names itself: name a file that `jrctl backup` wrote.'
        : `The newest backup in it is ${shellWord(join(folder, newest))}`,
  })
}
