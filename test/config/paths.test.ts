import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { load } from './fixture.ts'
import { defaultStateDir, resolvePath, socketPathFor } from '../../src/config/paths.ts'

const joe = { env: {}, cwd: '/work', uid: 1000, home: '/home/joe' }

describe('the default state directory', () => {
  test.each([
    ["systemd's", { STATE_DIRECTORY: '/var/lib/a:/var/lib/b', XDG_STATE_HOME: '/x' }, 1000, '/var/lib/a'],
    ["XDG's", { XDG_STATE_HOME: '/x' }, 0, '/x/jrctl'],
    ["root's", {}, 0, '/var/lib/jrctl'],
    ["a person's", {}, 1000, '/home/joe/.local/state/jrctl'],
    [
      'not a relative one',
      { XDG_STATE_HOME: 'x', STATE_DIRECTORY: '' },
      1000,
      '/home/joe/.local/state/jrctl',
    ],
  ])('is %s', (_, env, uid, expected) => {
    expect(defaultStateDir({ ...joe, env, uid })).toBe(expected)
  })
})

describe("the socket's path", () => {
  test('is in the state directory', () => {
    expect(socketPathFor('/var/lib/jrctl', 0)).toBe('/var/lib/jrctl/jrctl.sock')
  })

  test.each([
    [96, 'in it', /^\/s+\/jrctl\.sock$/],
    [97, 'in /tmp', /^\/tmp\/jrctl-7-[0-9a-f]{12}\/jrctl\.sock$/],
  ])('for a directory of %d bytes is %s', (bytes, _, expected) => {
    expect(socketPathFor(`/${'s'.repeat(bytes - 1)}`, 7)).toMatch(expected)
  })

  test('always fits, and differs where directories differ', () => {
    const dirs = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 300 })
      .map((name) => `/${name.replaceAll('/', '_')}`)
    fc.assert(
      fc.property(dirs, dirs, (one, other) => {
        const path = socketPathFor(one, 1000)
        expect(Buffer.byteLength(path)).toBeLessThanOrEqual(107)
        expect(path === socketPathFor(other, 1000)).toBe(one === other)
      }),
    )
  })
})

test('a password file can be a credential of the systemd unit', async () => {
  const toml = '[queue]\npassword_file = "$CREDENTIALS_DIRECTORY/db"\n'
  const { policy } = await load(toml, { CREDENTIALS_DIRECTORY: '/run/credentials/unit' })
  expect(policy.queue.passwordFile).toBe('/run/credentials/unit/db')
  expect((await load(toml)).policy.queue.passwordFile).toMatch(/\/\$CREDENTIALS_DIRECTORY\/db$/)
})

test.each([
  ['/a/../b', '/b'],
  ['x', '/etc/jrctl/x'],
  ['~', '/home/joe'],
  ['~/x', '/home/joe/x'],
  ['../x', '/etc/x'],
])('the path %s means %s', (written, expected) => {
  expect(resolvePath(written, '/etc/jrctl', '/home/joe')).toBe(expected)
})
