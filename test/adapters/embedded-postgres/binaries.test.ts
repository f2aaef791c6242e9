import { chmod, lstat, mkdir, readdir, readlink, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { canRun, nobodyAccount } from '../../../src/adapters/embedded-postgres/account.ts'
import {
  type Binaries,
  completeBinaries,
  copyBinaries,
  locateBinaries,
} from '../../../src/adapters/embedded-postgres/binaries.ts'
import { scratchDir } from './scratch.ts'

let drawn = 0
const unique = (): string => String(++drawn)

const links = [
  { source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' },
  { source: 'native/lib/libpq.so.5.18', target: 'native/lib/deep/libpq.so' },
]

/** What npm leaves in node_modules: the files, the list of links, no links. */
async function packaged(): Promise<Binaries & { native: string }> {
  const native = join(await scratchDir(), 'package', 'native')
  await mkdir(join(native, 'lib', 'deep'), { recursive: true })
  await mkdir(join(native, 'bin'))
  await writeFile(join(native, 'lib', 'libpq.so.5.18'), 'library')
  await writeFile(join(native, 'lib', 'libpq.a'), 'for compilers')
  for (const name of ['postgres', 'initdb'])
    await writeFile(join(native, 'bin', name), '#!/bin/sh\n', { mode: 0o755 })
  await writeFile(join(native, 'pg-symlinks.json'), JSON.stringify(links))
  const bin = join(native, 'bin')
  return { postgres: join(bin, 'postgres'), initdb: join(bin, 'initdb'), native, version: '1' }
}

async function expectLinks(native: string): Promise<void> {
  expect(await readlink(join(native, 'lib', 'libpq.so.5'))).toBe('libpq.so.5.18')
  expect(await readlink(join(native, 'lib', 'deep', 'libpq.so'))).toBe('../libpq.so.5.18')
}

test('missing links are made in place, by many at once, and again when one is lost', async () => {
  const found = await packaged()
  const copyDir = join(await scratchDir(), 'copy')
  const complete = (): Promise<Binaries> => completeBinaries(found, copyDir, unique)
  for (const binaries of await Promise.all([complete(), complete(), complete()]))
    expect(binaries).toEqual(found)
  await expectLinks(found.native)
  await rm(join(found.native, 'lib', 'libpq.so.5'))
  await complete()
  await expectLinks(found.native)
})

describe('where the package cannot be written to', () => {
  /** Root may write anywhere, so it gives that up for a moment. */
  async function unprivileged<T>(action: () => Promise<T>): Promise<T> {
    const nobody = await nobodyAccount()
    if (process.geteuid?.() !== 0 || nobody.kind !== 'user') return action()
    process.seteuid?.(nobody.uid)
    try {
      return await action()
    } finally {
      process.seteuid?.(0)
    }
  }

  test('a complete copy is used, made once', async () => {
    const found = await packaged()
    await chmod(join(found.native, 'lib'), 0o555)
    await chmod(dirname(dirname(found.native)), 0o755)
    const place = await scratchDir()
    await chmod(place, 0o777)
    const copyDir = join(place, 'native-1')
    const first = await unprivileged(() => completeBinaries(found, copyDir, unique))
    expect(first.postgres).toBe(join(copyDir, 'bin', 'postgres'))
    await expectLinks(copyDir)
    await expect(lstat(join(copyDir, 'lib', 'libpq.a'))).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await unprivileged(() => completeBinaries(found, copyDir, unique))).toEqual(first)
    expect(await readdir(place)).toEqual(['native-1'])
  })
})

test('of several copies made at once one stays', async () => {
  const found = await packaged()
  const copyDir = join(await scratchDir(), 'native-1')
  const copies = await Promise.all([1, 2, 3].map(() => copyBinaries(found, copyDir, unique)))
  expect(new Set(copies.map(({ postgres }) => postgres))).toEqual(new Set([join(copyDir, 'bin', 'postgres')]))
  expect(await readdir(dirname(copyDir))).toEqual(['native-1'])
})

test('a copy of the real programs runs, also for nobody', async () => {
  const place = await scratchDir()
  await chmod(place, 0o755)
  const copy = await copyBinaries(await locateBinaries(), join(place, 'native'), unique)
  const account = process.geteuid?.() === 0 ? await nobodyAccount() : ({ kind: 'self' } as const)
  expect(await canRun(account, copy.postgres)).toBeNull()
  await chmod(place, 0o700)
  if (account.kind === 'user') expect(await canRun(account, copy.postgres)).not.toBeNull()
})

test.each(['$(id)', '`id`', 'a"b', 'a\\b', 'a\nb'])(
  'no program is run from a folder called %j',
  async (name) => {
    const bin = join(await scratchDir(), name)
    await mkdir(bin)
    for (const program of ['postgres', 'initdb'])
      await writeFile(join(bin, program), '#!/bin/sh\n', { mode: 0o755 })
    await expect(locateBinaries(bin)).rejects.toMatchObject({
      code: 'embedded.path',
      message: expect.stringContaining('a character that a shell reads as more than a name') as string,
    })
  },
)

test('a name with blanks and quotes of the other kind is a name', async () => {
  const bin = join(await scratchDir(), "it's a folder %n ü")
  await mkdir(bin)
  for (const program of ['postgres', 'initdb'])
    await writeFile(join(bin, program), '#!/bin/sh\n', { mode: 0o755 })
  expect((await locateBinaries(bin)).postgres).toBe(join(bin, 'postgres'))
})
