import { spawnSync } from 'node:child_process'
import { lstatSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Place, type Ran, startProgram, temporaryPlace } from '../support/jrctl.ts'

const executable = new URL('../../dist/linux-arm64/jrctl', import.meta.url).pathname
/** Of Debian's qemu-user-static; it runs one program, and none that this starts. */
const emulator = process.env['JRCTL_TEST_QEMU'] ?? 'qemu-aarch64-static'
/** A folder with arm64's libc6, libstdc++6, libgcc-s1 and libatomic1 in it. */
const root = process.env['JRCTL_TEST_ARM64_ROOT']

/** Null: it can be tried. */
function whyNot(): string | null {
  if (lstatSync(executable, { throwIfNoEntry: false }) === undefined)
    return 'there is no dist/linux-arm64/jrctl'
  if (root === undefined) return 'JRCTL_TEST_ARM64_ROOT names no root'
  return spawnSync(emulator, ['--version']).status === 0 ? null : `${emulator} is not installed`
}

const why = whyNot()
if (why !== null) process.stderr.write(`binary: the executable for arm64 is not tried: ${why}\n`)

describe.skipIf(why !== null)('the executable for arm64, emulated', () => {
  let place: Place
  beforeAll(async () => {
    const made = await temporaryPlace()
    place = { ...made, env: { ...made.env, XDG_CACHE_HOME: join(made.dir, 'cache') } }
  })
  afterAll(() => place.remove())

  const ran = async (...args: string[]): Promise<Ran> => {
    const running = startProgram(place, [emulator, '-L', root ?? '', executable, ...args])
    return { code: await running.exited, stdout: running.stdout(), stderr: running.stderr() }
  }

  it('starts, and says what it is', async () => {
    const { code, stdout } = await ran('version', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ platform: 'linux-arm64', form: 'executable' })
  })

  it('unpacks and loads native code of its own kind', async () => {
    await writeFile(join(place.dir, 'state.sqlite'), '')
    const { stderr } = await ran('ledger', 'verify', '--file', 'state.sqlite')
    expect(stderr).toMatch(/state\.sqlite holds no ledger/)
    expect(await readdir(join(place.dir, 'cache/jrctl/parcels'))).toHaveLength(1)
  })
})
