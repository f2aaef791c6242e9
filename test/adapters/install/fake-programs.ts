import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Programs of the system as a test wants them, each of which notes how it was called. */
export interface FakePrograms {
  dir: string
  env: NodeJS.ProcessEnv
  /** A program that does what the script says (sh); `$*` is what it was called with. */
  write(name: string, script: string): Promise<void>
  /** `name arguments`, a line a call. */
  calls(): Promise<string[]>
  remove(): Promise<void>
}

export async function fakePrograms(): Promise<FakePrograms> {
  const dir = await mkdtemp(join(tmpdir(), 'jrctl-programs-'))
  return {
    dir,
    // Ours alone for what is faked, and sh's own tools.
    env: { PATH: `${dir}:/usr/bin:/bin` },
    async write(name, script) {
      const path = join(dir, name)
      await writeFile(path, `#!/bin/sh\necho "${name} $*" >> '${dir}/calls'\n${script}\n`)
      await chmod(path, 0o755)
    },
    calls: async () => {
      const text = await readFile(join(dir, 'calls'), 'utf8').catch(() => '')
      return text.split('\n').filter(Boolean)
    },
    remove: () => rm(dir, { recursive: true, force: true }),
  }
}
