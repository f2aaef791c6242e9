import { setImmediate } from 'node:timers/promises'

/** fallocate(2) of the C library. Each answers null when it is done, else why not. */
export interface Fallocate {
  punch(fd: number, from: number, length: number): Promise<string | null>
  collapse(fd: number, from: number, length: number): Promise<string | null>
}

const keepSize = 0x01
const punchHole = 0x02
const collapseRange = 0x08

/** The loop stands still during a call, so a long range goes in pieces; punching twice does no harm. */
const pieceBytes = 32 * 1024 * 1024

/** Node's experimental foreign functions (`node:ffi`, Node 26), or null where there are none. */
export function loadFallocate(): Fallocate | null {
  const call = (loaded ??= { call: bind() }).call
  if (call === null) return null
  return {
    async punch(fd, from, length) {
      for (let done = 0; done < length; done += pieceBytes) {
        const problem = call(fd, punchHole | keepSize, from + done, Math.min(pieceBytes, length - done))
        if (problem !== null) return problem
        await setImmediate()
      }
      return null
    },
    collapse: async (fd, from, length) => call(fd, collapseRange, from, length),
  }
}

type Call = (fd: number, mode: number, from: number, length: number) => string | null

let loaded: { call: Call | null } | undefined

function bind(): Call | null {
  try {
    const ffi = quietly(() => process.getBuiltinModule('node:ffi'))
    if (ffi === undefined) return null
    const { functions } = ffi.dlopen(null, {
      fallocate: { arguments: ['i32', 'i32', 'i64', 'i64'], return: 'i32' },
      __errno_location: { arguments: [], return: 'pointer' },
    })
    return (fd, mode, from, length) => {
      if (functions.fallocate(fd, mode, BigInt(from), BigInt(length)) === 0) return null
      return `fallocate failed with errno ${ffi.getInt32(functions.__errno_location())}`
    }
  } catch {
    return null
  }
}

/** That it is experimental is our decision and not our user's concern. */
function quietly<T>(load: () => T): T {
  const warn = Object.getOwnPropertyDescriptor(process, 'emitWarning')
  process.emitWarning = () => {}
  try {
    return load()
  } finally {
    if (warn !== undefined) Object.defineProperty(process, 'emitWarning', warn)
  }
}
