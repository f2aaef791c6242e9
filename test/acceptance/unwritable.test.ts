import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { jrctlPath } from '../support/jrctl.ts'

describe('output that cannot be written', () => {
  it.each([['config schema'], ['completion bash']])('of %s is told in two lines, and fails', (line) => {
    const { status, stderr } = spawnSync('sh', ['-c', `'${jrctlPath}' ${line} > /dev/full`], {
      encoding: 'utf8',
    })
    expect(status).toBe(1)
    expect(stderr).toMatch(/^jrctl: what was to be printed could not be written: ENOSPC.*\n {2}See to .*\n$/)
  })
})
