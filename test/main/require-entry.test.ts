import { spawnSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { requireEntry } from '../../src/main/require-entry.ts'
import { sandbox } from '../config/fixture.ts'

const words = { what: 'it', code: 'x.denied' }

it('lets in whoever may, and where nothing is yet', async () => {
  using box = sandbox()
  await requireEntry(box.root, words)
  await requireEntry(join(box.root, 'none'), words)
})

// Only root can be somebody else.
it.runIf(process.getuid?.() === 0)(
  'names the account to ask as, also of a folder within a closed one',
  () => {
    using box = sandbox()
    chmodSync(box.root, 0o700)
    const script = `
    const { requireEntry } = await import(${JSON.stringify(resolve('src/main/require-entry.ts'))})
    for (const folder of process.argv.slice(1))
      await requireEntry(folder, ${JSON.stringify(words)}).catch(({ code, message, hint }) => console.log(code, message, hint))`
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--input-type=module', '-e', script, box.root, join(box.root, 'logs')],
      { uid: 65_534, gid: 65_534, encoding: 'utf8' },
    )
    expect(stderr).toBe('')
    const line = 'x.denied it is not for this account to see Ask as root: sudo -u root jrctl …\n'
    expect(stdout).toBe(line + line)
  },
)
