import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ConfigError, formatProblem } from '../../src/config/config-error.ts'
import { loadPolicy } from '../../src/config/load.ts'
import type { LoadedPolicy, LoadOptions } from '../../src/config/load.ts'

/** A folder of its own with a home and a working folder, and nothing of this machine's environment. */
export interface Sandbox extends Disposable {
  root: string
  options: LoadOptions
  /** Writes a file below the root and answers its path. */
  write(name: string, text: string, mode?: number): string
  writeBytes(path: string, bytes: Buffer): void
  remove(path: string): void
}

export function sandbox(): Sandbox {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'jrctl-config-')))
  mkdirSync(join(root, 'work'))
  return {
    root,
    options: { env: {}, cwd: join(root, 'work'), uid: process.getuid?.() ?? 0, home: join(root, 'home') },
    write(name, text, mode = 0o600) {
      const path = join(root, name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text)
      chmodSync(path, mode)
      return path
    },
    writeBytes: (path, bytes) => writeFileSync(path, bytes),
    remove: (path) => rmSync(path),
    [Symbol.dispose]() {
      rmSync(root, { recursive: true, force: true })
    },
  }
}

/** Loads `toml` as the only file there is. */
export async function load(toml: string, env: LoadOptions['env'] = {}): Promise<LoadedPolicy> {
  using box = sandbox()
  return loadPolicy({ ...box.options, env, path: box.write('jrctl.toml', toml) })
}

/** The problems of a refused configuration as people read them, the file called `f`; [] when it is accepted. */
export async function problemsOf(toml: string, env: LoadOptions['env'] = {}): Promise<string[]> {
  try {
    await load(toml, env)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map((problem) => formatProblem(problem).replace(/^\/\S*jrctl\.toml/, 'f'))
  }
}
