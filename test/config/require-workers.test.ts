import { expect, test } from 'vitest'
import { loadPolicy } from '../../src/config/load.ts'
import { requireWorkers } from '../../src/config/require-workers.ts'
import { UserError } from '../../src/errors.ts'
import { sandbox } from './fixture.ts'

async function refusal(toml: string | null): Promise<UserError> {
  using box = sandbox()
  const path = toml === null ? undefined : box.write('jrctl.toml', toml)
  const loaded = await loadPolicy({ ...box.options, path })
  try {
    requireWorkers(loaded)
  } catch (error) {
    if (error instanceof UserError) return error
  }
  throw new Error('a fleet without workers was accepted')
}

test('a configuration without workers is named', async () => {
  expect((await refusal('[queue]\n')).message).toMatch(/\/jrctl\.toml: no workers are configured$/)
})

test('so is that there is none', async () => {
  expect((await refusal(null)).message).toBe('no configuration file was found, and so no workers')
})

test('a node may say that it runs none', async () => {
  using box = sandbox()
  const loaded = await loadPolicy({ ...box.options, path: box.write('jrctl.toml', 'workers = []\n') })
  expect(() => requireWorkers(loaded)).not.toThrow()
})

test('what is offered to be pasted makes a fleet', async () => {
  using box = sandbox()
  const { hint = '' } = await refusal('')
  const pasted = box.write('jrctl.toml', hint.slice(hint.indexOf('[[workers]]')))
  const loaded = await loadPolicy({ ...box.options, path: pasted })
  expect(() => requireWorkers(loaded)).not.toThrow()
})
