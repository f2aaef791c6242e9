/** `AF_UNIX` of Linux, and the longest `sun_path` (unix(7)). */
const unixFamily = 1
const pathBytesMax = 108

/**
 * The `sockaddr_un` of a NOTIFY_SOCKET (sd_notify(3)): an absolute path, or `@` and a name in the abstract namespace.
 * Null for what is neither (a vsock of a virtual machine, a relative path) or too long: then nobody is told anything.
 */
export function notifyAddress(socket: string): Buffer | null {
  if (!/^[/@]./.test(socket) || socket.includes('\0')) return null
  const path = Buffer.from(socket)
  const isAbstract = path[0] === 0x40
  if (isAbstract) path[0] = 0
  // An abstract name ends where the address ends; a path ends with a NUL, where there is room for one.
  const end = isAbstract || path.length === pathBytesMax ? 0 : 1
  if (path.length > pathBytesMax) return null
  const address = Buffer.alloc(2 + path.length + end)
  // Linux on x86-64 and arm64 is little-endian.
  address.writeUInt16LE(unixFamily)
  path.copy(address, 2)
  return address
}
