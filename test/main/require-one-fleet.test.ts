import { expect, it } from 'vitest'
import type { Installed } from '../../src/main/installed.ts'
import { requireOneFleet } from '../../src/main/require-one-fleet.ts'

const remedy = 'As its owner: chmod a+r install.json'

/** As of somebody with these variables, on a machine whose record is closed to him. */
function asked(env: NodeJS.ProcessEnv, more: { stateDir?: string; isOwn?: boolean } = {}): () => void {
  const { isOwn = false, ...options } = more
  return () => {
    const installed: Installed = {
      kind: 'mistrusted',
      scope: isOwn ? 'user' : 'system',
      record: '/etc/jrctl/install.json',
      why: 'is closed to this account',
      remedy,
    }
    const caller = Object.assign(Object.create(process) as NodeJS.Process, { env })
    requireOneFleet({ installed, process: caller }, options)
  }
}

it('refuses to begin a second fleet beside a record that is not heeded, and says how it is', () => {
  expect(asked({})).toThrow(
    expect.objectContaining({
      code: 'installed.unheeded',
      hint: expect.stringContaining(remedy) as string,
    }) as Error,
  )
})

it.each([
  ['a unit, or a line of cron', { RUNTIME_DIRECTORY: '/run/jrctl' }, {}],
  ['who names a state by the environment', { JRCTL_STATE_DIR: '/s' }, {}],
  ['who names one by the option', {}, { stateDir: '/s' }],
  ['an account with a fleet of its own', {}, { isOwn: true }],
])('lets %s begin', (_, env, more) => {
  expect(asked(env, more)).not.toThrow()
})

it('lets anybody begin where nothing is installed', () => {
  expect(() => requireOneFleet({ installed: null, process })).not.toThrow()
})
