import type { Server } from 'node:http'
import { messageOf } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import { closeServer } from './http-server.ts'
import { listenOn } from './socket.ts'
import { prepareWorkerFolder } from './worker-folder.ts'

/** The socket for workers of any account. Without it the fleet goes on: only those of other accounts need it. */
export interface WorkerSocket {
  /** Null: there is none. */
  readonly path: string | null
  /** Why there is none, in plain words. */
  readonly absence: string | null
  open(): Promise<void>
  close(deadlineMs: number): Promise<void>
}

/** Anybody may connect: keys decide. */
const openToAll = 0o666

export function createWorkerSocket(
  server: Server,
  { path, uid, clock, logger }: { path: string; uid: number; clock: Clock; logger: Logger },
): WorkerSocket {
  let absence: string | null = null
  return {
    get path() {
      return server.listening ? path : null
    },
    get absence() {
      return absence
    },
    async open() {
      try {
        await prepareWorkerFolder(path, uid)
        await listenOn(server, path, openToAll)
        server.on('error', (error) => logger.error({ error: error.message }, "API server (workers' socket)"))
      } catch (error) {
        absence = `workers of other accounts cannot ask the daemon: ${messageOf(error)}`
        logger.warn({}, absence)
      }
    },
    close: (deadlineMs) => closeServer(server, clock, deadlineMs),
  }
}
