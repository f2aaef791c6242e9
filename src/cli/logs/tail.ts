import { open, stat, type FileHandle } from 'node:fs/promises'

const blockBytes = 64 * 1024
/** However long its lines are, no more of a log is taken into memory. */
const maxTailBytes = 64 * 1024 * 1024

/** The last `count` lines of a file and where they end; undefined when there is no such file. */
export async function readTail(
  path: string,
  count: number,
): Promise<{ lines: string[]; end: number } | undefined> {
  const file = await openIfThere(path)
  if (!file) return undefined
  try {
    const { size } = await file.stat()
    let start = size
    let bytes: Buffer = Buffer.alloc(0)
    while (start > 0 && lineBreaks(bytes) <= count && size - start < maxTailBytes) {
      const length = Math.min(blockBytes, start)
      start -= length
      bytes = Buffer.concat([await readAt(file, start, length), bytes])
    }
    const lines = bytes.toString('utf8').split('\n')
    const end = size
    if (lines.at(-1) === '') lines.pop()
    return { lines: lines.slice(-count), end }
  } finally {
    await file.close()
  }
}

/** What is appended to a file from a position on. A file that shrank or was replaced is read from its start. */
export class LogTail {
  readonly #path: string
  #position: number
  #file: FileHandle | undefined
  #inode = 0
  #partial: Buffer = Buffer.alloc(0)

  constructor(path: string, position: number) {
    this.#path = path
    this.#position = position
  }

  /** The whole lines that came since the last call. */
  async more(): Promise<string[]> {
    const stats = await stat(this.#path).catch(() => undefined)
    if (!stats) return []
    if (this.#file && stats.ino !== this.#inode) await this.#reopen()
    this.#file ??= await this.#openFirst(stats.ino)
    if (!this.#file) return []
    if (stats.size < this.#position) this.#position = 0
    return this.#read(this.#file, Math.min(stats.size - this.#position, maxTailBytes))
  }

  async close(): Promise<void> {
    await this.#file?.close()
    this.#file = undefined
  }

  async #reopen(): Promise<void> {
    await this.close()
    this.#position = 0
    this.#partial = Buffer.alloc(0)
  }

  async #openFirst(inode: number): Promise<FileHandle | undefined> {
    this.#inode = inode
    return openIfThere(this.#path)
  }

  async #read(file: FileHandle, length: number): Promise<string[]> {
    if (length === 0) return []
    const bytes = await readAt(file, this.#position, length)
    this.#position += bytes.length
    const whole = Buffer.concat([this.#partial, bytes])
    const end = whole.lastIndexOf(10) + 1
    this.#partial = whole.subarray(end)
    return end === 0
      ? []
      : whole
          .subarray(0, end - 1)
          .toString('utf8')
          .split('\n')
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, position)
  return buffer.subarray(0, bytesRead)
}

function lineBreaks(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count += 1
  return count
}
