import { foreignFunctions } from '../../system/foreign-functions.ts'
import { notifyAddress } from './notify-address.ts'

/** Sends one datagram; false when it could not be sent now. */
export interface NotifySocket {
  send(message: string): boolean
}

/** Linux, on x86-64 and arm64 alike (socket(2)). */
const unixFamily = 1
const datagram = 2
const closeOnExec = 0o2000000
const nonBlocking = 0o4000

/**
 * A way to a NOTIFY_SOCKET through the C library, called by `node:ffi`: Node itself has no unix datagram sockets. The socket
 * never blocks, and is opened once, so that a process without a free descriptor still gives its signs of life; the
 * kernel adds who sends it, so NotifyAccess=main is enough. Null where this Node has no such module (it is experimental, and
 * of 26.1; within a single executable it works too), where it refuses, or where the address is none.
 */
export function openNotifySocket(socket: string): NotifySocket | null {
  const address = notifyAddress(socket)
  if (address === null) return null
  try {
    const ffi = foreignFunctions()
    if (ffi === undefined) return null
    // The C library is in this very process, wherever the machine keeps it.
    const { functions } = ffi.dlopen(null, {
      socket: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
      sendto: { arguments: ['i32', 'buffer', 'u64', 'i32', 'buffer', 'u32'], return: 'i64' },
    })
    const fd = functions.socket(unixFamily, datagram | closeOnExec | nonBlocking, 0)
    if (fd < 0) return null
    return {
      send(message) {
        const bytes = Buffer.from(message)
        const sent = functions.sendto(fd, bytes, BigInt(bytes.length), 0, address, address.length)
        return sent === BigInt(bytes.length)
      },
    }
  } catch {
    return null
  }
}
