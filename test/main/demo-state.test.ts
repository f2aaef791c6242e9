import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { claimDemoState } from '../../src/main/demo-state.ts'

describe("the demo's state directory", () => {
  let base: string
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'jrctl-test-'))
  })
  afterEach(() => rmSync(base, { recursive: true, force: true }))

  it('is made for us alone, and found again', () => {
    const path = join(base, 'a/.jrctl')
    claimDemoState(path)
    claimDemoState(path)
    expect(statSync(path).mode & 0o777).toBe(0o700)
  })

  it('is not to be where nothing can be written, and the next step is named', () => {
    // Of the kernel's own: nobody may write there, root neither.
    const path = '/proc/sys/.jrctl'
    expect(() => claimDemoState(path)).toThrow(
      expect.objectContaining({
        code: 'demo.folder',
        message: expect.stringMatching(`the demo cannot keep its state in ${path}: .*/proc/sys`) as string,
        hint: 'Start it in a folder that you may write in, or name one: jrctl demo --state-dir FOLDER',
      }),
    )
  })

  it('is left as it is where it holds what is not ours', () => {
    const path = join(base, 'project')
    mkdirSync(join(path, 'src'), { recursive: true })
    chmodSync(path, 0o755)
    expect(() => claimDemoState(path)).toThrow(/is open to others/)
    expect(statSync(path).mode & 0o777).toBe(0o755)
  })
})
