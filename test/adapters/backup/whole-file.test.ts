import { spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openOwnFolder } from '../../../src/adapters/backup/own-folder.ts'
import { openWorkplace } from '../../../src/adapters/backup/whole-file.ts'

let parent: string
beforeEach(() => {
  parent = mkdtempSync('/tmp/jrctl-test-')
})
afterEach(() => rmSync(parent, { recursive: true, force: true }))

async function placed(content: string): Promise<string> {
  const workplace = await openWorkplace(parent)
  await new Promise((resolve) => workplace.output.end(content, () => resolve(undefined)))
  const name = await workplace.placeNew((nth) => `b${nth}`)
  await workplace.remove()
  return name
}

it('replaces nothing under a name that it chose itself, however many come at the same moment', async () => {
  writeFileSync(join(parent, 'b2'), 'mine')
  const names = await Promise.all(['one', 'two', 'three'].map(placed))
  expect(names.toSorted()).toEqual(['b1', 'b3', 'b4'])
  expect(readFileSync(join(parent, 'b2'), 'utf8')).toBe('mine')
  expect(names.map((name) => readFileSync(join(parent, name), 'utf8'))).toEqual(['one', 'two', 'three'])
  expect(readdirSync(parent).toSorted()).toEqual(['b1', 'b2', 'b3', 'b4'])
})

it('sweeps what a dead process of ours left, and neither what somebody works in nor what a planted link points to', async () => {
  const dead = spawnSync('true').pid
  const of = (pid: number, host = hostname()) => `jrctl-test.${host}.${pid}.abc`
  for (const name of [of(dead), of(process.pid), of(dead, 'elsewhere'), 'theirs']) {
    mkdirSync(join(parent, name))
    writeFileSync(join(parent, name, 'state.sqlite'), '')
  }
  const link = `jrctl-test.${hostname()}.${dead}.link`
  symlinkSync(join(parent, 'theirs'), join(parent, link))

  const folder = await openOwnFolder(parent, 'jrctl-test')
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  expect(readdirSync(parent)).not.toContain(of(dead))
  expect(readdirSync(parent)).toEqual(
    expect.arrayContaining([of(process.pid), of(dead, 'elsewhere'), link, 'theirs']),
  )
  expect(readdirSync(join(parent, 'theirs'))).toEqual(['state.sqlite'])
})
