import { chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fitsSocket, privateFolder, socketDirOf } from '../../../src/adapters/embedded-postgres/layout.ts'
import { parsePostmasterFile } from '../../../src/adapters/embedded-postgres/postmaster-file.ts'
import { serverArguments } from '../../../src/adapters/embedded-postgres/settings.ts'
import { scramVerifier } from '../../../src/adapters/embedded-postgres/scram.ts'

describe('postmaster.pid', () => {
  const lines = ['4711', '/data', '1700000000', '5433', '/run/pg', '127.0.0.1', ' 1 2', 'ready   ', '']
  const whole = { pid: 4711, port: 5433, socketDir: '/run/pg', status: 'ready' }
  test.each<[string, object | null]>([
    [lines.join('\n'), whole],
    [lines.slice(0, 5).join('\n'), { ...whole, status: '' }],
    [lines.slice(0, 3).join('\n'), null],
    ['', null],
    ['-4711\n/data\n1\n5433\n', null],
    ['1\n/data\n1\n5433\n', null],
    ['garbage', null],
  ])('%j', (text, parsed) => {
    expect(parsePostmasterFile(text)).toEqual(parsed)
  })
})

// Only root can give a folder away.
test.runIf(process.getuid?.() === 0)(
  'nobody is told to remove the database of another account’s fleet',
  async () => {
    const stranger = 65_534
    const state = mkdtempSync('/tmp/jrctl-test-')
    const folder = join(state, 'postgres')
    mkdirSync(folder)
    chownSync(folder, stranger, stranger)
    try {
      await expect(privateFolder(folder, 0)).rejects.toMatchObject({
        hint: expect.stringContaining('remove it') as string,
      })
      chownSync(state, stranger, stranger)
      await expect(privateFolder(folder, 0)).rejects.toMatchObject({
        hint: `It is the database of that account's fleet: run this as it (sudo -u '#${stranger}' …).`,
      })
    } finally {
      rmSync(state, { recursive: true })
    }
  },
)

describe('the folder of the socket', () => {
  const home = (bytes: number): string => '/' + 'x'.repeat(bytes - 1)
  // Seven bytes of "/socket", fifteen of "/.s.PGSQL.65535": 107 in all.
  test.each<[string, Record<string, string>, RegExp]>([
    ['/var/lib/jrctl/postgres', {}, /^\/var\/lib\/jrctl\/postgres\/socket$/],
    [home(85), { XDG_RUNTIME_DIR: '/run/user/0' }, /^\/x+\/socket$/],
    [home(86), { XDG_RUNTIME_DIR: '/run/user/0' }, /^\/run\/user\/0\/jrctl-pg-[0-9a-f]{12}$/],
    [home(86), {}, /^\/tmp\/jrctl-pg-/],
    [home(86), { XDG_RUNTIME_DIR: 'relative' }, /^\/tmp\/jrctl-pg-/],
    [home(86), { XDG_RUNTIME_DIR: home(90) }, /^\/tmp\/jrctl-pg-/],
    ['/' + 'ü'.repeat(43), {}, /^\/tmp\/jrctl-pg-/],
  ])('%s %j', (path, env, expected) => {
    const dir = socketDirOf(path, env)
    expect(dir).toMatch(expected)
    expect(fitsSocket(dir)).toBe(true)
  })

  test('differs from one state directory to another', () => {
    expect(socketDirOf(home(90) + 'a', {})).not.toBe(socketDirOf(home(90) + 'b', {}))
  })
})

test('a socket folder with commas, blanks and quotes stays one folder', () => {
  const args = serverArguments({ dataDir: '/d', port: 1, socketDir: '/a, "b"', durable: true })
  expect(args).toContain('unix_socket_directories="/a, ""b"""')
  expect(args.filter((arg) => /fsync|synchronous_commit|full_page/.test(arg))).toEqual([])
})

test('the verifier is the one of RFC 7677 (its example: user, pencil)', async () => {
  const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64').toString('hex')
  expect(await scramVerifier('pencil', salt)).toBe(
    'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
  )
})
