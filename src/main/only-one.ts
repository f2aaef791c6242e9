import { createHash } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * Runs an action unless another process runs one of the same name; null then. The lock is a socket in Linux's abstract
 * namespace: the kernel gives it back however its owner ends, so that no stale lock is ever left.
 */
export async function onlyOne<T>(name: string, action: () => Promise<T>): Promise<T | null> {
  const server = createServer((socket) => socket.destroy())
  const taken = await new Promise<boolean>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(true)
      else reject(error)
    })
    // Hashed: a name may be longer than a socket's address.
    const address = createHash('sha256').update(name).digest('hex')
    server.listen(`\0jrctl-${address}`, () => resolve(false))
  })
  if (taken) return null
  try {
    return await action()
  } finally {
    server.close()
  }
}
