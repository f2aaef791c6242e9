import type { ApiServer } from '../../src/api/server.ts'
import type { ApiPolicy } from '../../src/config/policy.ts'

export interface FakeApiServer extends ApiServer {
  /** The policies that were put into force after the start. */
  readonly applied: ApiPolicy[]
}

/** An API that nobody can reach. */
export function fakeApiServer(): FakeApiServer {
  const applied: ApiPolicy[] = []
  return {
    applied,
    start: async () => {},
    stop: async () => {},
    view: () => ({
      socket: '/state/jrctl.sock',
      workerSocket: null,
      url: null,
      tokenFile: null,
      absence: null,
    }),
    listeners: 0,
    complaints: () => [],
    prepare: async (policy) => async () => void applied.push(policy),
  }
}
