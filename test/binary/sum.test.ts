import { spawnSync } from 'node:child_process'
import { basename, dirname } from 'node:path'
import { expect, it } from 'vitest'
import { executable } from './executable.ts'

it('has its sum beside it, as sha256sum checks it', () => {
  const checked = spawnSync('sha256sum', ['-c', `${basename(executable)}.sha256`], {
    cwd: dirname(executable),
    encoding: 'utf8',
  })
  expect(checked).toMatchObject({ status: 0, stdout: `${basename(executable)}: OK\n` })
})
