import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemRandom } from '../../src/adapters/random.ts'
import { isToken } from '../../src/api/api-token.ts'
import { checkApiToken, obtainApiToken } from '../../src/main/api-token.ts'
import { policyOf } from '../daemon/policy.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jrctl-token-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const policy = (tokenFile: string | null = null) => {
  const { api } = policyOf()
  const listen = { host: '127.0.0.1', port: 1, isWritten: true }
  return { stateDir: join(folder, 'state'), api: { ...api, listen, tokenFile } }
}
const obtain = (tokenFile: string | null = null, env: NodeJS.ProcessEnv = {}) =>
  obtainApiToken(policy(tokenFile), env, systemRandom())

describe('the API token', () => {
  it('is made once, for its owner alone, whoever comes first', async () => {
    const tokens = await Promise.all(Array.from({ length: 8 }, () => obtain()))
    expect(new Set(tokens.map(({ secret }) => secret.reveal())).size).toBe(1)
    const path = join(folder, 'state/api-token')
    expect(tokens[0]?.from).toEqual({ file: path })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readFile(path, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/)
    expect((await obtain()).secret.reveal()).toBe(tokens[0]?.secret.reveal())
    expect(await readdir(join(folder, 'state'))).toEqual(['api-token'])
  })

  it('comes by the variable, else by the file that is named', async () => {
    const file = join(folder, 'token')
    await writeFile(file, `${'f'.repeat(20)}\n`)
    expect((await obtain(file)).secret.reveal()).toBe('f'.repeat(20))
    const byVariable = await obtain(file, { JRCTL_API_TOKEN: 'v'.repeat(20) })
    expect(byVariable.secret.reveal()).toBe('v'.repeat(20))
    expect(byVariable.from).toEqual({ variable: 'JRCTL_API_TOKEN' })
  })

  it.each(['', 'short', 'two words are no token', 'canary\u0000canarycanary', 'x'.repeat(5000)])(
    'is not %j, and what stood there is not repeated',
    async (text) => {
      const file = join(folder, 'token')
      await writeFile(file, text)
      const error = await obtain(file).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ name: 'UserError', message: expect.stringContaining(file) as string })
      expect(String(error)).not.toContain('canary')
      await expect(checkApiToken(policy(file), {})).rejects.toThrow('holds something else')
    },
  )

  it('says when its file cannot be read, before anything is made', async () => {
    await expect(checkApiToken(policy(join(folder, 'nowhere')), {})).rejects.toThrow('ENOENT')
    await expect(checkApiToken(policy(), {})).resolves.toBeUndefined()
    await chmod(folder, 0o700)
    expect(await readdir(folder)).toEqual([])
  })

  it('is not shown by accident, and compared as a whole', async () => {
    const token = await obtain(null, { JRCTL_API_TOKEN: 'canary-canary-canary' })
    expect(`${token.secret} ${JSON.stringify(token)}`).not.toContain('canary')
    expect(isToken('canary-canary-canary', token)).toBe(true)
    for (const wrong of ['', 'canary-canary-canar', 'canary-canary-canary ', 'Canary-canary-canary'])
      expect(isToken(wrong, token)).toBe(false)
  })
})
