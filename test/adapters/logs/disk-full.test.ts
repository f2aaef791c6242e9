import { execFile, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { logPlace } from './place.ts'

/** A small disk of one's own needs a mount namespace. */
const mayMount = spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs none /mnt']).status === 0
const script = `mount -t tmpfs -o size=40m none "$0" && exec "$@"`

it.skipIf(!mayMount)(
  'a full disk loses nothing, and the oldest parts make room where they may go',
  async () => {
    const { folder, remove } = await logPlace()
    const program = [process.execPath, join(import.meta.dirname, 'small-disk.ts'), folder]
    const { stdout } = await promisify(execFile)('unshare', ['-rm', 'sh', '-c', script, folder, ...program])
    expect(JSON.parse(stdout)).toEqual({
      whole: true,
      results: [
        'cut off 3, deleted 0',
        expect.stringMatching(
          /^no room to rotate the log .*: \d+ MiB are free, it takes 1 MiB and leaves 16 MiB/,
        ),
        expect.stringMatching(/^cut off 2, deleted [1-3]$/),
      ],
    })
    await remove()
  },
)
