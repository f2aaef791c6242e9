import type { Pipe, Pipes } from '../../ports/pipes.ts'
import { foreignFunctions } from '../../system/foreign-functions.ts'

/** Linux, on x86-64 and arm64 alike (pipe2(2)). */
const closeOnExec = 0o2000000

/**
 * Pipes by the C library, called by `node:ffi` (experimental, Node 26.1): of itself Node gives its children sockets for pipes, and
 * no program can open `/dev/stdout` or `/dev/stderr` where these are sockets. Null for each where there is no such module.
 */
export function systemPipes(): Pipes {
  return () => (loaded ??= { pipe: bind() }).pipe?.() ?? null
}

/** Bound when the first command starts, for who runs none should not wait for it. */
let loaded: { pipe: Pipes | null } | undefined

function bind(): Pipes | null {
  try {
    const ffi = foreignFunctions()
    if (ffi === undefined) return null
    const { functions } = ffi.dlopen(null, { pipe2: { arguments: ['buffer', 'i32'], return: 'i32' } })
    return (): Pipe | null => {
      const pair = new Int32Array(2)
      if (functions.pipe2(pair, closeOnExec) !== 0) return null
      const [readFd = -1, writeFd = -1] = pair
      return { readFd, writeFd }
    }
  } catch {
    return null
  }
}
