import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { foreignFunctions } from '../system/foreign-functions.ts'

/** Linux, on x86-64 and arm64 alike (fcntl(2), poll(2)). */
const setOwner = 8
const setFlags = 4
const signalled = 0o20000
const hasNoReader = 0x08

/**
 * Calls once when nobody reads a pipe of ours any more, such as stdout, as soon as that is so; without it a program that has
 * nothing to say learns of it with its next line. The kernel tells by SIGIO, which a pipe raises when its last reader closes it
 * (and when one that was full is read from: therefore it is looked). Asked for on an opening of our own, since what is set on
 * one is set for all who have it. Answers whether it is watched: it is not where it is no pipe, or another account's, or where this
 * Node has no foreign functions.
 */
export function watchForLostReader(process: NodeJS.Process, pipe: 1 | 2, lost: () => void): boolean {
  const calls = fstatSync(pipe).isFIFO() ? bind() : null
  const fd = calls === null ? null : opened(pipe)
  if (calls === null || fd === null) return false
  let isOver = false
  const look = (): void => {
    if (isOver || !calls.isUnread(fd)) return
    isOver = true
    closeSync(fd)
    lost()
  }
  // For good: without a handler the signal would end us.
  process.on('SIGIO', look)
  calls.signal(fd, process.pid)
  // It may have gone before we asked.
  look()
  return true
}

/** A second opening for writing alone: one for reading would make us a reader ourselves. */
function opened(pipe: 1 | 2): number | null {
  try {
    return openSync(`/proc/self/fd/${pipe}`, constants.O_WRONLY | constants.O_NONBLOCK)
  } catch {
    return null
  }
}

interface Calls {
  signal(fd: number, pid: number): void
  isUnread(fd: number): boolean
}

function bind(): Calls | null {
  try {
    const ffi = foreignFunctions()
    if (ffi === undefined) return null
    const { functions } = ffi.dlopen(null, {
      fcntl: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
      poll: { arguments: ['buffer', 'u64', 'i32'], return: 'i32' },
    })
    return {
      signal(fd, pid) {
        functions.fcntl(fd, setOwner, pid)
        functions.fcntl(fd, setFlags, constants.O_WRONLY | constants.O_NONBLOCK | signalled)
      },
      isUnread(fd) {
        const asked = Buffer.alloc(8)
        asked.writeInt32LE(fd)
        functions.poll(asked, 1n, 0)
        return (asked.readInt16LE(6) & hasNoReader) !== 0
      },
    }
  } catch {
    return null
  }
}
