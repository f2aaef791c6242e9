import { lstatSync, readFileSync } from 'node:fs'
import { chmod, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { prepareWorkerFolder } from '../api/worker-folder.ts'
import type { ApiPolicy } from '../config/policy.ts'
import { nodeId } from '../domain/ids.ts'
import { OperationalError } from '../errors.ts'
import type { UnitNote } from '../ports/worker-units.ts'

/** Beside the workers' socket: in a folder that workers of any account may enter, and nobody but the daemon may write to. */
function noteOf({ workerSocket }: Pick<ApiPolicy, 'workerSocket'>): string {
  return `${workerSocket}.json`
}

/** Leaves word for the workers that systemd starts, which do not ask the daemon: it may be away just then. */
export async function leaveUnitNote(
  api: Pick<ApiPolicy, 'workerSocket'>,
  note: UnitNote,
  uid: number,
): Promise<void> {
  const path = noteOf(api)
  await prepareWorkerFolder(api.workerSocket, uid)
  const unfinished = `${path}.${process.pid}`
  await writeFile(unfinished, `${JSON.stringify(note)}\n`)
  await chmod(unfinished, 0o644)
  await rename(unfinished, path)
}

/** What the daemon of this configuration left word of; null: nothing, or somebody else may have. */
export function readUnitNote(api: Pick<ApiPolicy, 'workerSocket'>): UnitNote | null {
  const path = noteOf(api)
  const folder = lstatSync(dirname(path), { throwIfNoEntry: false })
  const file = lstatSync(path, { throwIfNoEntry: false })
  if (folder === undefined || file?.isFile() !== true) return null
  if (file.uid !== folder.uid || (folder.mode & writableByOthers) !== 0) return null
  return parse(readFileSync(path, 'utf8'), path)
}

const writableByOthers = 0o022

function parse(text: string, path: string): UnitNote {
  try {
    const note: unknown = JSON.parse(text)
    if (typeof note === 'object' && note !== null && 'nodeId' in note && 'gatewayUrl' in note) {
      const { nodeId: node, gatewayUrl } = note
      if (typeof node === 'string' && (gatewayUrl === null || typeof gatewayUrl === 'string'))
        return { nodeId: nodeId(node), gatewayUrl }
    }
  } catch {
    // Said below.
  }
  throw new OperationalError(`${path} is not what a daemon writes there`, {
    code: 'unit.note',
    retryable: true,
    hint: 'Remove it, and restart the daemon, which writes it anew.',
  })
}
