import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { takeEnvironmentFile } from '../../src/main/environment-file.ts'

it('takes the variables of a file as a unit would, and says when it may not read it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'jrctl-environment-'))
  const path = join(folder, 'environment')
  await writeFile(path, 'DATABASE_URL=postgres://u@h/d?a=1&b=$(x) y\n# no\n')
  const env = { A: 'a', JRCTL_ENVIRONMENT_FILE: path }
  takeEnvironmentFile(env)
  expect(env).toEqual({ A: 'a', DATABASE_URL: 'postgres://u@h/d?a=1&b=$(x) y' })
  const none = { JRCTL_ENVIRONMENT_FILE: join(folder, 'none') }
  takeEnvironmentFile(none)
  expect(none).toEqual({})
  expect(() => takeEnvironmentFile({ JRCTL_ENVIRONMENT_FILE: folder })).toThrow('cannot be read (EISDIR)')
  await rm(folder, { recursive: true })
})
