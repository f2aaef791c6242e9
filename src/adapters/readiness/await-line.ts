import { type FSWatcher, constants, watch as watchFile } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { Clock } from '../../ports/clock.ts'
import type { LogWatch } from '../../ports/readiness-probe.ts'
import { LineMatcher } from './line-matcher.ts'

/** Where changes are not told (the watches of the kernel are used up, a network file system), a look so often finds them. */
const lookMs = 1_000
const chunkBytes = 64 * 1024

/** Follows a log by the kernel's notices from an offset on, until a line matches. Null, or why it was given up. */
export async function awaitLine(
  clock: Clock,
  { file, fromOffset, pattern }: LogWatch,
  signal: AbortSignal,
): Promise<string | null> {
  const matcher = new LineMatcher(pattern)
  const chunk = Buffer.alloc(chunkBytes)
  const notices = new Notices(clock, file, signal)
  let offset = fromOffset
  try {
    while (!signal.aborted) {
      const read = await readAt(file, offset, chunk)
      // Set anew: somebody began the file from its start.
      if (read === 'shorter') offset = 0
      else if (read > 0) {
        offset += read
        if (matcher.take(chunk.subarray(0, read))) return null
        if (matcher.tooSlow) return `/${pattern}/ takes too long on its lines; write a simpler one`
      } else await notices.next()
    }
    return 'not asked any more'
  } finally {
    notices.close()
  }
}

/** How many bytes there were at the offset; 0 also while the file cannot be read. A log is never read through a link. */
async function readAt(file: string, offset: number, chunk: Buffer): Promise<number | 'shorter'> {
  let handle: FileHandle | undefined
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, offset)
    if (bytesRead > 0 || offset === 0) return bytesRead
    return (await handle.stat()).size < offset ? 'shorter' : 0
  } catch {
    return 0
  } finally {
    await handle?.close()
  }
}

/** Changes of a file, one at a time; what changes while nobody waits is told at once to the next who does. */
class Notices {
  readonly #clock: Clock
  readonly #file: string
  readonly #signal: AbortSignal
  #watcher: FSWatcher | null = null
  #changed = false
  #wake: () => void = () => {}

  constructor(clock: Clock, file: string, signal: AbortSignal) {
    this.#clock = clock
    this.#file = file
    this.#signal = signal
    this.#open()
  }

  /** Settles at a change, after a while in any case, or when aborted. */
  async next(): Promise<void> {
    if (this.#watcher === null) this.#open()
    if (!this.#changed && !this.#signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = this.#clock.after(lookMs, resolve, { background: true })
        const onAbort = (): void => this.#wake()
        this.#signal.addEventListener('abort', onAbort, { once: true })
        this.#wake = () => {
          timer.cancel()
          this.#signal.removeEventListener('abort', onAbort)
          resolve()
        }
      })
    }
    this.#changed = false
  }

  close(): void {
    this.#watcher?.close()
    this.#watcher = null
  }

  #open(): void {
    try {
      this.#watcher = watchFile(this.#file, { persistent: false }, (event) => {
        // The name leads to another file now, which is watched from the next look on.
        if (event === 'rename') this.close()
        this.#changed = true
        this.#wake()
      })
      this.#watcher.on('error', () => this.close())
    } catch {
      // Not there yet, or no watches left: looked at now and then.
    }
  }
}
