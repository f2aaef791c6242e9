import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Place, type Ran, startProgram, temporaryPlace } from '../support/jrctl.ts'
import { executable } from './executable.ts'

const isRoot = process.geteuid?.() === 0

/** A command that needs SQLite's native code. */
const command = ['ledger', 'verify', '--file', 'state.sqlite']

describe('what travels inside the executable', () => {
  let place: Place
  beforeAll(async () => {
    place = await temporaryPlace()
    await writeFile(join(place.dir, 'state.sqlite'), '')
  })
  afterAll(() => place.remove())

  const ran = async (env: Record<string, string>, ...argv: [string, ...string[]]): Promise<Ran> => {
    const running = startProgram({ ...place, env: { ...place.env, ...env } }, argv)
    return { code: await running.exited, stdout: running.stdout(), stderr: running.stderr() }
  }

  /** With a file system of its own in a folder, which nobody else sees. */
  const onMount = async (options: string): Promise<Ran> => {
    const folder = join(place.dir, 'mounted')
    await mkdir(folder, { recursive: true })
    const script = 'mount -t tmpfs -o "$1" tmpfs "$2" && shift 2 && exec "$@"'
    const within = ['--mount', 'sh', '-c', script, 'sh', options, folder]
    return ran({ JRCTL_UNPACK_DIR: folder }, 'unshare', ...within, executable, ...command)
  }

  it.runIf(isRoot).each([
    ['mounted noexec', 'mode=700,noexec', /mounted is mounted noexec: no program may run from there\n/],
    ['on a full disk', 'mode=700,size=100k', /mounted: .*no room is left there\n/],
    ['read-only', 'mode=700,ro', /mounted.*: it is read-only\n/],
    ['open to others', 'mode=777', /mounted may be written by others\n/],
  ])('is not unpacked to a folder that is %s, and says so', async (_, options, why) => {
    const { code, stderr } = await onMount(options)
    expect(stderr).toMatch(why)
    expect(stderr).toMatch(/^jrctl: sqlite \(3 MB\), which travels inside jrctl, cannot be unpacked: /)
    expect(stderr).toContain('JRCTL_UNPACK_DIR=FOLDER')
    expect(code).toBe(1)
  })

  it.runIf(isRoot)('is told by the doctor where it cannot be loaded, with all the rest', async () => {
    const folder = join(place.dir, 'mounted')
    await mkdir(folder, { recursive: true })
    const script = 'mount -t tmpfs -o mode=700,noexec tmpfs "$1" && shift && exec "$@"'
    const within = ['--mount', 'sh', '-c', script, 'sh', folder]
    const { stdout } = await ran({ JRCTL_UNPACK_DIR: folder }, 'unshare', ...within, executable, 'doctor')
    expect(stdout).toMatch(/^bad +package\.sqlite +SQLite cannot be loaded/m)
    expect(stdout).toMatch(/^bad +package\.noexec/m)
    expect(stdout).toMatch(/^ok +package\.libraries/m)
  })

  it('is unpacked once by many at once, and mended when it is damaged', async () => {
    const folder = join(place.dir, 'unpacked')
    const verify = () => ran({ JRCTL_UNPACK_DIR: folder }, executable, ...command)
    // The file is no ledger; who says so has loaded SQLite.
    const first = await verify()
    expect(first.stderr).toMatch(/state\.sqlite/)
    for (const one of await Promise.all(Array.from({ length: 4 }, verify))) expect(one).toEqual(first)
    const names = await readdir(join(folder, 'parcels'))
    expect(names).toEqual([expect.stringMatching(/^sqlite-[0-9a-f]{16}$/)])
    // A library that was cut short would end the process that maps it.
    await writeFile(join(folder, 'parcels', String(names[0]), 'better-sqlite3.node'), 'cut')
    expect(await verify()).toEqual(first)
  })

  it('heeds no NODE_OPTIONS, which are meant for other programs', async () => {
    expect(await ran({ NODE_OPTIONS: '--no-such-flag' }, executable, '--version')).toMatchObject({
      code: 0,
      stderr: '',
    })
  })
})
