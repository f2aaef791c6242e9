import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { jrctlPath, temporaryPlace } from '../support/jrctl.ts'

const lines = 20_000

it('a reader that takes its time gets all of a large answer', async () => {
  const place = await temporaryPlace()
  try {
    const logs = join(place.dir, 'state/logs')
    await mkdir(logs, { recursive: true })
    const text = Array.from({ length: lines }, (_, index) => `line ${index} ${'x'.repeat(100)}\n`).join('')
    await writeFile(join(logs, 'jr_orchestrator.log'), text)
    // The pipe is full, and its reader looks away for longer than a command that is over lingers.
    const { stdout } = await promisify(execFile)(
      '/bin/sh',
      ['-c', `"$0" logs --raw --lines ${lines} | (sleep 1; wc -l)`, jrctlPath],
      { env: { ...place.env, JRCTL_STATE_DIR: join(place.dir, 'state') }, cwd: place.dir },
    )
    expect(Number(stdout)).toBe(lines)
  } finally {
    await place.remove()
  }
})
