import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import type { Json } from '../domain/task.ts'
import { parseStorableJson } from './storable-json.ts'

/** What the command left in $JR_RESULT_FILE. An empty file counts as absent: some make it first and fill it later, or never. */
export type ResultFile = { kind: 'absent' } | { kind: 'json'; value: Json } | { kind: 'bad'; reason: string }

/** Neither a link is followed nor a FIFO waited for: the command may have put anything there. */
const openFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** Reads at most `bytesMax` bytes of JSON. Never throws: what is wrong with the file is a value. */
export async function readResultFile(path: string, bytesMax: number): Promise<ResultFile> {
  let file: FileHandle
  try {
    file = await open(path, openFlags)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? { kind: 'absent' }
      : bad(`cannot be opened (${(error as NodeJS.ErrnoException).code})`)
  }
  try {
    return await parseFile(file, bytesMax)
  } catch (error) {
    return bad(`cannot be read (${(error as NodeJS.ErrnoException).code})`)
  } finally {
    await file.close()
  }
}

async function parseFile(file: FileHandle, bytesMax: number): Promise<ResultFile> {
  const stat = await file.stat()
  if (!stat.isFile()) return bad('is not a regular file')
  if (stat.size > bytesMax) return bad(`holds ${stat.size} bytes, over the limit of ${bytesMax}`)
  // One byte more than allowed tells a file that is still growing.
  const buffer = Buffer.alloc(stat.size + 1)
  const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
  const text = buffer.toString('utf8', 0, Math.min(bytesRead, stat.size))
  if (text.trim() === '') return { kind: 'absent' }
  const parsed = parseStorableJson(text, bytesMax)
  return parsed.ok ? { kind: 'json', value: parsed.value } : bad(parsed.reason)
}

function bad(reason: string): ResultFile {
  return { kind: 'bad', reason: `JR_RESULT_FILE ${reason}` }
}
