import { setImmediate } from 'node:timers/promises'
import { foreignFunctions } from '../../system/foreign-functions.ts'

/** What Node has no call for: fallocate(2), which answers null when it is done, else why not; and lseek(2) with SEEK_DATA. */
export interface KernelCalls {
  punch(fd: number, from: number, length: number): Promise<string | null>
  collapse(fd: number, from: number, length: number): Promise<string | null>
  /** Where the first byte is that is no hole, in whole blocks; null where there is none, or the kernel does not tell. */
  firstData(fd: number): number | null
}

const keepSize = 0x01
const punchHole = 0x02
const collapseRange = 0x08
const seekData = 3

/** The loop stands still during a call, so a long range goes in pieces; punching twice does no harm. */
const pieceBytes = 32 * 1024 * 1024

/** Node's experimental foreign functions (`node:ffi`, Node 26), or null where there are none. */
export function loadKernelCalls(): KernelCalls | null {
  const bound = (loaded ??= { bound: bind() }).bound
  if (bound === null) return null
  const { fallocate, lseek } = bound
  return {
    async punch(fd, from, length) {
      for (let done = 0; done < length; done += pieceBytes) {
        const problem = fallocate(fd, punchHole | keepSize, from + done, Math.min(pieceBytes, length - done))
        if (problem !== null) return problem
        await setImmediate()
      }
      return null
    },
    collapse: async (fd, from, length) => fallocate(fd, collapseRange, from, length),
    // The place that it sets is nobody's: all our reads say where, and writers append.
    firstData: (fd) => lseek(fd, 0, seekData),
  }
}

interface Bound {
  fallocate: (fd: number, mode: number, from: number, length: number) => string | null
  lseek: (fd: number, offset: number, whence: number) => number | null
}

let loaded: { bound: Bound | null } | undefined

function bind(): Bound | null {
  try {
    const ffi = foreignFunctions()
    if (ffi === undefined) return null
    const { functions } = ffi.dlopen(null, {
      fallocate: { arguments: ['i32', 'i32', 'i64', 'i64'], return: 'i32' },
      lseek: { arguments: ['i32', 'i64', 'i32'], return: 'i64' },
      __errno_location: { arguments: [], return: 'pointer' },
    })
    return {
      fallocate(fd, mode, from, length) {
        if (functions.fallocate(fd, mode, BigInt(from), BigInt(length)) === 0) return null
        return `fallocate failed with errno ${ffi.getInt32(functions.__errno_location())}`
      },
      lseek(fd, offset, whence) {
        const place = Number(functions.lseek(fd, BigInt(offset), whence))
        return place < 0 ? null : place
      },
    }
  } catch {
    return null
  }
}
