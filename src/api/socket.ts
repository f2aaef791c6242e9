import { chmod, lstat, unlink } from 'node:fs/promises'
import type { Server } from 'node:http'
import { createConnection } from 'node:net'
import { OperationalError, UserError } from '../errors.ts'

/** `sun_path` of Linux holds 108 bytes with its final NUL (unix(7)). */
const maxPathBytes = 107

/**
 * Binds the server to the socket, readable and writable by its owner alone from the first moment. A socket on which nobody
 * answers is a leftover and makes way. Throws UserError when somebody answers or the path is something else.
 * @param mode of the socket's file, once it is there
 */
export async function listenOn(server: Server, path: string, mode = 0o600): Promise<void> {
  checkPath(path)
  await removeStale(path)
  await bind(server, path)
  await chmod(path, mode)
}

function checkPath(path: string): void {
  const bytes = Buffer.byteLength(path)
  if (bytes <= maxPathBytes) return
  throw new UserError(`The socket's path is ${bytes} bytes long, at most ${maxPathBytes} work: ${path}`, {
    hint: 'Set [api] socket to a shorter path, such as /run/jrctl.sock.',
  })
}

async function removeStale(path: string): Promise<void> {
  const stats = await lstat(path).catch(() => undefined)
  if (!stats) return
  if (!stats.isSocket()) {
    throw new UserError(`${path} is in the way: it is not a socket`, {
      hint: 'Remove it, or set [api] socket to another path.',
    })
  }
  if (await answers(path)) {
    throw new UserError(`Another daemon already answers on ${path}`, {
      hint: 'See `jrctl status`; stop that daemon first, or give this one another state directory.',
    })
  }
  await unlink(path).catch(() => undefined)
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path)
    socket
      .once('connect', () => resolve(true))
      .once('error', (error: NodeJS.ErrnoException) => {
        // Only a refusal proves that nobody listens; a full backlog (EAGAIN) or a lack of rights does not.
        resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT')
      })
    socket.once('connect', () => socket.destroy())
  })
}

function bind(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(path, error)))
    // listen() binds before it returns, so the narrow umask is nobody else's.
    const umask = process.umask(0o077)
    try {
      server.listen(path, resolve)
    } finally {
      process.umask(umask)
    }
  })
}

function cannotListen(path: string, cause: NodeJS.ErrnoException): OperationalError {
  return new OperationalError(`Cannot listen on ${path}: ${cause.code ?? cause.message}`, {
    code: 'api.cannot_listen',
    retryable: false,
    hint: 'Its folder must exist and be writable; [api] socket chooses another.',
    cause,
  })
}
