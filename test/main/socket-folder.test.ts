import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { prepareSocketFolder, socketFolderFault, socketFolderWarnings } from '../../src/main/socket-folder.ts'

const uid = process.getuid?.() ?? 0
let base: string
beforeEach(() => {
  base = mkdtempSync('/tmp/jrctl-test-')
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

/** A folder of this mode, whatever the umask. */
function folder(name: string, mode: number): string {
  const path = join(base, name)
  mkdirSync(path)
  chmodSync(path, mode)
  return path
}

it('is made for us alone', () => {
  prepareSocketFolder(join(base, 'a/jrctl.sock'), uid)
  expect(statSync(join(base, 'a')).mode & 0o777).toBe(0o700)
  prepareSocketFolder(join(base, 'a/jrctl.sock'), uid)
})

it('is taken in /tmp when others can only look into it, as into a project of ours', () => {
  prepareSocketFolder(join(folder('open', 0o755), 'jrctl.sock'), uid)
})

it('is refused in /tmp when others can write in it, with a remedy that takes nothing away', () => {
  const path = folder('open', 0o777)
  const fault = socketFolderFault(join(path, 'jrctl.sock'), uid)
  expect(fault?.problem).toBe(`the API's socket cannot be in ${path}: others may write in ${path}`)
  expect(fault?.remedy).toBe(`Take that right from them: chmod go-w ${path}`)
  expect(() => prepareSocketFolder(join(path, 'jrctl.sock'), uid)).toThrow(/others may write/)
  // Whoever checks the configuration hears of it before a daemon does.
  expect(socketFolderWarnings(join(path, 'jrctl.sock'), uid)).toEqual([
    expect.stringMatching(/^no daemon could start: .*; Take .* chmod go-w /),
  ])
  expect(socketFolderWarnings(join(base, 'jrctl.sock'), uid)).toEqual([])
})

it('is refused in /tmp when it is a link, or not ours', () => {
  const target = folder('target', 0o700)
  symlinkSync(target, join(base, 'link'))
  expect(() => prepareSocketFolder(join(base, 'link/jrctl.sock'), uid)).toThrow(/is no folder/)
  expect(() => prepareSocketFolder(join(target, 'jrctl.sock'), uid + 1)).toThrow(/belongs to user/)
})

it('is refused in /tmp when others could put another in its place, and not made there', () => {
  const path = folder('theirs', 0o777)
  expect(() => prepareSocketFolder(join(path, 'ours/jrctl.sock'), uid)).toThrow(`others may write in ${path}`)
  expect(() => statSync(join(path, 'ours'))).toThrow('ENOENT')
  // Nobody can in one that is sticky, such as /tmp itself.
  chmodSync(path, 0o1777)
  prepareSocketFolder(join(path, 'ours/jrctl.sock'), uid)
})

// Root may look everywhere, so another account has to.
it.skipIf(uid !== 0)(
  'is refused in words where this account may not look at it, and nobody is warned who only asks',
  () => {
    const path = join(folder('closed', 0o700), 'run')
    mkdirSync(path)
    chmodSync(base, 0o755)
    const module = new URL('../../src/main/socket-folder.ts', import.meta.url).href
    // Loaded before the account changes: this one's files may be closed to the other.
    const ask = `const { socketFolderFault, socketFolderWarnings } = await import(${JSON.stringify(module)})
    process.setuid(65534)
    const socket = ${JSON.stringify(join(path, 'jrctl.sock'))}
    console.log(JSON.stringify({ ...socketFolderFault(socket, 0), warnings: socketFolderWarnings(socket, 0) }))`
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', ask], { encoding: 'utf8' })
    expect(JSON.parse(said)).toMatchObject({
      problem: expect.stringContaining(`this account may not look at ${path}`),
      isUnseen: true,
      warnings: [],
    })
  },
)
