import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { contentOf } from '../../../src/adapters/backup/folder-content.ts'

async function file(content: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'jrctl-content-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  const path = join(dir, 'file')
  await writeFile(path, content)
  return path
}

async function textOf(content: AsyncIterable<Buffer> | undefined): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of content ?? []) parts.push(part)
  return Buffer.concat(parts).toString()
}

it('is as long as was said, whatever becomes of the file meanwhile', async () => {
  const path = await file('0123456789')
  const [same, grown, shrunk] = await Promise.all([contentOf(path), contentOf(path), contentOf(path)])
  expect(await textOf(same?.content)).toBe('0123456789')
  await writeFile(path, 'more', { flag: 'a' })
  expect(await textOf(grown?.content)).toBe('0123456789')
  await truncate(path, 4)
  expect(await textOf(shrunk?.content)).toBe('0123\0\0\0\0\0\0')
})

it('of an empty file is empty, and of none is none', async () => {
  const path = await file('')
  expect(await textOf((await contentOf(path))?.content)).toBe('')
  expect(await contentOf(`${path}-not`)).toBeNull()
  expect(await contentOf(join(path, '..'))).toBeNull()
})
