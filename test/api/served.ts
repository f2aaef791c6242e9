import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../src/adapters/clock.ts'
import { createApiServer, type ApiServerOptions } from '../../src/api/server.ts'
import { createClient, type ApiClient } from '../../src/client/client.ts'
import { fakeLogger, type FakeLogger } from '../fakes/logger.ts'
import { fakeServices, type FakeServices } from './daemon-services.ts'

export interface Served {
  socketPath: string
  services: FakeServices
  client: ApiClient
  logger: FakeLogger
  stop(): Promise<void>
}

/** The API over fakes on a real socket of its own. */
export async function serve(
  limits: ApiServerOptions['limits'] = {},
  services: FakeServices = fakeServices(),
): Promise<Served> {
  const folder = await mkdtemp(join(tmpdir(), 'jrctl-api-'))
  const socketPath = join(folder, 'api.sock')
  const logger = fakeLogger()
  const clock = systemClock()
  const server = createApiServer({ services, socketPath, clock, logger, limits })
  await server.start()
  return {
    socketPath,
    services,
    client: createClient({ socketPath, actor: 'cli:tester', clock, timeoutMs: 5000 }),
    logger,
    async stop() {
      await server.stop(500)
      await rm(folder, { recursive: true, force: true })
    },
  }
}
