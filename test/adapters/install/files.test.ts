import { spawnSync } from 'node:child_process'
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { barrierTo } from '../../../src/adapters/install/barrier.ts'
import {
  lookAt,
  makeFolder,
  makeOwnedFolder,
  placeFile,
  removeEmptyFolder,
  removeFile,
  removeTree,
} from '../../../src/adapters/install/files.ts'
import { findOwnUnits } from '../../../src/adapters/install/own-units.ts'
import { copyProgram, haveSameBytes } from '../../../src/adapters/install/program-copy.ts'
import { treeBytes } from '../../../src/adapters/install/tree-size.ts'

let dir: string
let umask: number
beforeEach(async () => {
  umask = process.umask(0o077)
  dir = await mkdtemp(join(tmpdir(), 'jrctl-files-'))
})
afterEach(async () => {
  process.umask(umask)
  await rm(dir, { recursive: true, force: true })
})

const at = (name: string): string => join(dir, name)
const order = (name: string, keepOld = false) => ({ path: at(name), text: 'new\n', mode: 0o644, keepOld })
const read = (name: string): Promise<string> => readFile(at(name), 'utf8')

describe('a file of the installation', () => {
  it('is placed with its mode, whatever the umask is, and nothing beside it', async () => {
    expect(await placeFile(order('a'))).toBeNull()
    expect((await stat(at('a'))).mode & 0o777).toBe(0o644)
    expect(await readdir(dir)).toEqual(['a'])
  })

  it('takes the place of one that is kept under a free name', async () => {
    await writeFile(at('a'), 'first\n')
    expect(await placeFile(order('a', true))).toBe(at('a.bak'))
    await writeFile(at('a'), 'second\n')
    expect(await placeFile(order('a', true))).toBe(at('a.bak2'))
    expect([await read('a'), await read('a.bak'), await read('a.bak2')]).toEqual([
      'new\n',
      'first\n',
      'second\n',
    ])
  })

  it('replaces a link and does not follow it', async () => {
    await writeFile(at('elsewhere'), 'theirs\n')
    await symlink(at('elsewhere'), at('a'))
    expect(await lookAt(at('a'))).toEqual({ kind: 'link', target: at('elsewhere') })
    await placeFile(order('a', true))
    expect(await read('elsewhere')).toBe('theirs\n')
    expect((await lstat(at('a'))).isSymbolicLink()).toBe(false)
    expect((await lstat(at('a.bak'))).isSymbolicLink()).toBe(true)
  })

  it('is placed also where an earlier try was cut off, or somebody has put a link in the way of the draft', async () => {
    await writeFile(at('elsewhere'), 'theirs\n')
    await symlink(at('elsewhere'), at('a.jrctl-new'))
    await placeFile(order('a'))
    expect(await read('elsewhere')).toBe('theirs\n')
    expect(await readdir(dir)).toEqual(['a', 'elsewhere'])
  })

  it('does not take the place of a folder, and leaves no draft', async () => {
    await mkdir(at('a'))
    await expect(placeFile(order('a'))).rejects.toMatchObject({ code: 'install.files' })
    expect(await readdir(dir)).toEqual(['a'])
    expect(await lookAt(at('a'))).toEqual({ kind: 'other', what: 'a folder' })
  })

  it('is told missing, plain, or too large to be ours', async () => {
    expect(await lookAt(at('none'))).toEqual({ kind: 'absent' })
    await placeFile(order('a'))
    expect(await lookAt(at('a'))).toMatchObject({ kind: 'file', text: 'new\n' })
    expect(await lookAt(at('a/b'))).toEqual({ kind: 'absent' })
    await writeFile(at('large'), Buffer.alloc(1024 * 1024 + 1))
    expect(await lookAt(at('large'))).toMatchObject({ kind: 'other' })
  })

  it('is removed once or not at all', async () => {
    await placeFile(order('a'))
    expect(await removeFile(at('a'), true)).toBe(at('a.bak'))
    expect(await removeFile(at('a'), false)).toBeNull()
    expect(await readdir(dir)).toEqual(['a.bak'])
  })

  it('says in words what is wrong with its disk', async () => {
    await expect(placeFile(order('none/a'))).rejects.toMatchObject({
      message: expect.stringMatching(/^cannot write .*none\/a: /),
    })
    await writeFile(at('file'), '')
    await expect(placeFile(order('file/a'))).rejects.toMatchObject({
      message: expect.stringContaining('a part of the way there is a file'),
    })
    await expect(placeFile({ ...order('x'), path: '/proc/x' })).rejects.toMatchObject({
      code: 'install.files',
    })
  })

  it('says that a disk is full or read-only', (context) => {
    const mounted = (options: string, script: string) =>
      spawnSync(
        'unshare',
        [
          '--mount',
          '--propagation',
          'private',
          'sh',
          '-c',
          `mount -t tmpfs -o ${options} tmpfs ${dir} && ${script}`,
        ],
        { encoding: 'utf8' },
      )
    if (mounted('size=4k', 'true').status !== 0) context.skip('no mount namespace can be made here')
    const module = new URL('../../../src/adapters/install/files.ts', import.meta.url).pathname
    const write = `const { placeFile } = await import(${JSON.stringify(module)}); await placeFile({ path: ${JSON.stringify(at('a'))}, text: 'x'.repeat(9000), mode: 0o644, keepOld: false }).catch((error) => console.log(error.message, '-', error.hint))`
    const node = `${process.execPath} --input-type=module -e '${write.replaceAll("'", `"'"`)}'`
    expect(mounted('size=4k', node).stdout).toContain('no room is left on its disk - Make room')
    expect(mounted('ro', node).stdout).toContain('its disk is read-only - Mount it writable')
  })
})

describe('folders', () => {
  it('are made with their mode, and left when something is in them', async () => {
    await makeFolder(at('a'), 0o755)
    await makeFolder(at('a'), 0o700)
    expect((await stat(at('a'))).mode & 0o777).toBe(0o755)
    await writeFile(at('a/x'), '')
    await removeEmptyFolder(at('a'))
    expect(await readdir(dir)).toEqual(['a'])
    await rm(at('a/x'))
    await removeEmptyFolder(at('a'))
    await removeEmptyFolder(at('a'))
    expect(await readdir(dir)).toEqual([])
  })

  it('of an account are its own alone, with all that had to be made', async (context) => {
    if (process.geteuid?.() !== 0) context.skip('only root gives folders away')
    await chmod(dir, 0o755)
    await makeOwnedFolder(at('a/b'), { uid: 1234, gids: [4321] })
    const made = await stat(at('a/b'))
    expect([made.uid, made.gid, made.mode & 0o777]).toEqual([1234, 4321, 0o700])
    await makeOwnedFolder(at('a/b'), { uid: 0, gids: [0] })
    expect((await stat(at('a/b'))).uid).toBe(1234)
    expect(await barrierTo(at('a/b/x'), { uid: 1234, gids: [4321] }, { runs: false })).toBeNull()
  })

  it('are deleted with all that is in them, and nothing that links lead to', async () => {
    await mkdir(at('tree/deep'), { recursive: true })
    await writeFile(at('kept'), 'x')
    await symlink(dir, at('tree/deep/link'))
    await writeFile(at('tree/-rf'), '12345')
    expect(await treeBytes(at('tree'))).toBe(5)
    await removeTree(at('tree'))
    expect(await readdir(dir)).toEqual(['kept'])
  })
})

describe('what keeps an account out', () => {
  it('is the first folder on the way, or the file itself', async () => {
    await chmod(dir, 0o755)
    await mkdir(at('a/b'), { recursive: true })
    await writeFile(at('a/b/c'), '')
    const stranger = { uid: 4_000_000, gids: [4_000_000] }
    const barrier = () => barrierTo(at('a/b/c'), stranger, { runs: true })
    expect(await barrier()).toBe(at('a'))
    await chmod(at('a'), 0o755)
    expect(await barrier()).toBe(at('a/b'))
    await chmod(at('a/b'), 0o711)
    expect(await barrier()).toBe(at('a/b/c'))
    await chmod(at('a/b/c'), 0o755)
    expect(await barrier()).toBeNull()
    expect(await barrierTo(at('a/none'), stranger, { runs: true })).toBeNull()
    expect(await barrierTo(at('a/b/c'), { uid: 0, gids: [0] }, { runs: true })).toBeNull()
  })
})

describe('a copy of the program', () => {
  it('is whole, may be run by all, and is known for the same', async () => {
    await writeFile(at('program'), 'x'.repeat(100_000), { mode: 0o700 })
    expect(await haveSameBytes(at('program'), at('copy'))).toBe(false)
    await copyProgram(at('program'), at('copy'))
    expect((await stat(at('copy'))).mode & 0o777).toBe(0o755)
    expect(await haveSameBytes(at('program'), at('copy'))).toBe(true)
    expect(await haveSameBytes(at('program'), at('program'))).toBe(true)
    await writeFile(at('program'), `${'x'.repeat(99_999)}y`)
    expect(await haveSameBytes(at('program'), at('copy'))).toBe(false)
    await copyProgram(at('program'), at('copy'))
    expect(await haveSameBytes(at('program'), at('copy'))).toBe(true)
    expect(await readdir(dir)).toEqual(['copy', 'program'])
  })

  it('replaces one that is running', async () => {
    await copyProgram('/bin/sleep', at('sleep'))
    const { spawn } = await import('node:child_process')
    const running = spawn(at('sleep'), ['100'])
    try {
      await copyProgram('/bin/true', at('sleep'))
      expect(await haveSameBytes('/bin/true', at('sleep'))).toBe(true)
      expect(running.exitCode).toBeNull()
    } finally {
      running.kill('SIGKILL')
    }
  })
})

describe('units by our names', () => {
  it('are found with their drop-ins and links, and no others', async () => {
    for (const folder of ['jr-queue-worker@A.service.d', 'multi-user.target.wants', 'other.service.d'])
      await mkdir(at(folder))
    for (const file of [
      'jr-orchestrator.service',
      'jr-queue-worker@.service',
      'jr-orchestrator.service.bak',
      'other.service',
      'jr-queue-worker@A.service.d/jrctl.conf',
      'jr-queue-worker@A.service.d/local.conf',
    ])
      await writeFile(at(file), '')
    await symlink('../jr-queue-worker@.service', at('multi-user.target.wants/jr-queue-worker@A.service'))
    await symlink('../other.service', at('multi-user.target.wants/other.service'))
    expect(await findOwnUnits(dir)).toEqual({
      asides: ['jr-orchestrator.service.bak'],
      files: [
        'jr-orchestrator.service',
        'jr-queue-worker@.service',
        'jr-queue-worker@A.service.d/jrctl.conf',
      ],
      enabled: ['jr-queue-worker@A.service'],
    })
    expect(await findOwnUnits(at('none'))).toEqual({ files: [], enabled: [], asides: [] })
  })
})
