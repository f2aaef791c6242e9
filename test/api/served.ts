import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../src/adapters/clock.ts'
import type { ApiToken } from '../../src/api/api-token.ts'
import { createApiServer, type ApiServer, type MoreDoors } from '../../src/api/server.ts'
import { createClient, type ApiClient } from '../../src/client/client.ts'
import { type ApiPolicy, Secret } from '../../src/config/policy.ts'
import { fakeLogger, type FakeLogger } from '../fakes/logger.ts'
import { fakeServices, type FakeServices } from './daemon-services.ts'

export interface Served {
  folder: string
  socketPath: string
  services: FakeServices
  server: ApiServer
  client: ApiClient
  logger: FakeLogger
  stop(): Promise<void>
}

type Limits = NonNullable<Parameters<typeof createApiServer>[0]['limits']>

/** The API over fakes on a real socket of its own. */
export async function serve(
  limits: Limits = {},
  services: FakeServices = fakeServices(),
  moreIn?: (folder: string) => MoreDoors,
): Promise<Served> {
  const folder = await mkdtemp(join(tmpdir(), 'jrctl-api-'))
  const socketPath = join(folder, 'api.sock')
  const logger = fakeLogger()
  const clock = systemClock()
  const more = moreIn?.(folder)
  const server = createApiServer({
    services,
    socketPath,
    clock,
    logger,
    limits,
    ...(more === undefined ? {} : { more }),
  })
  await server.start()
  return {
    folder,
    socketPath,
    services,
    server,
    client: createClient({ socketPath, actor: 'cli:tester', clock, timeoutMs: 5000 }),
    logger,
    async stop() {
      await server.stop(500)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export const token = 'a-token-of-the-tests'

/** All doors open: TCP on a port that the kernel chooses, and the workers' socket. */
export function allDoors(more: Partial<ApiPolicy> = {}, rates?: MoreDoors['rates']) {
  return (folder: string): MoreDoors => ({
    policy: {
      socket: join(folder, 'api.sock'),
      workerSocket: join(folder, 'workers/w.sock'),
      listen: { host: '127.0.0.1', port: 0, isWritten: true },
      tokenFile: join(folder, 'token'),
      allowedHosts: [],
      allowedOrigins: [],
      ...more,
    },
    obtainToken: async (): Promise<ApiToken> => ({
      secret: new Secret(token),
      from: { file: join(folder, 'token') },
    }),
    uid: process.getuid?.() ?? 0,
    needsWorkerSocket: true,
    ...(rates === undefined ? {} : { rates }),
  })
}

/** The port of the listener. */
export function portOf({ server }: Served): number {
  return Number(new URL(server.view().url ?? 'http://nowhere').port)
}
