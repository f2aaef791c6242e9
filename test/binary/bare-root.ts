import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, copyFile, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'

/** Where jrctl lies in the root. */
export const jrctlInside = '/opt/jrctl'

export interface BareRoot {
  folder: string
  /** Runs jrctl within, in the same working directory below /tmp; takes its place, so that it gets the signals. */
  wrapper: string
  remove(): Promise<void>
}

/** Of glibc, and what a C++ program needs. Whatever else a program asks for is not there. */
const libraries = /^(ld-linux.*|lib(c|m|dl|rt|pthread|atomic|stdc\+\+|gcc_s))\.so\.\d+$/

/** root, and nobody: PostgreSQL refuses to be root. */
const accounts = 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/sh\n'

/**
 * A root that holds the executable, the C and C++ libraries, a shell and a list of accounts, and nothing else but what the kernel gives
 * (/proc, /dev) and /tmp, which is the machine's, for the tests' folders and sockets. Needs root.
 */
export async function makeBareRoot(executable: string): Promise<BareRoot> {
  const folder = await mkdtemp(join(tmpdir(), 'jrctl-bare-'))
  await chmod(folder, 0o755)
  for (const path of ['proc', 'dev', 'tmp', 'root', 'etc', 'bin', 'opt']) {
    await mkdir(join(folder, path), { recursive: true })
  }
  await writeFile(join(folder, 'etc/passwd'), accounts)
  const programs = ['/bin/sh', executable]
  await copyFile(await realpath('/bin/sh'), join(folder, 'bin/sh'))
  await copyFile(executable, join(folder, jrctlInside))
  for (const library of await neededLibraries(programs)) {
    await mkdir(join(folder, dirname(library)), { recursive: true })
    await copyFile(library, join(folder, library))
  }
  const keeper = await keepMounts(folder)
  const wrapper = join(folder, 'enter')
  await writeFile(wrapper, enter(folder, keeper), { mode: 0o755 })
  return {
    folder,
    wrapper,
    async remove() {
      // The mounts are the keeper's alone, and gone with it.
      keeper.stdin?.end()
      await once(keeper, 'exit')
      // What a failed test left running may still write.
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

async function neededLibraries(programs: readonly string[]): Promise<Set<string>> {
  const { stdout } = await promisify(execFile)('ldd', [...programs])
  const paths = stdout.match(/\/\S+\.so\.\d+/g) ?? []
  // PostgreSQL's own say the rest: librt is part of glibc.
  const found = [...paths, ...paths.map((path) => join(dirname(path), 'librt.so.1'))]
  return new Set(found.filter((path) => libraries.test(basename(path)) && path !== '/lib64/librt.so.1'))
}

/** Mounts seen by nobody else, for as long as this process lives. */
async function keepMounts(folder: string): Promise<ChildProcess> {
  const script = `
    mount --rbind /proc "$1/proc" && mount --rbind /dev "$1/dev" && mount --bind /tmp "$1/tmp" && echo ready && read end`
  const keeper = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(keeper, 'exit').then(() => Promise.reject(new Error('the bare root cannot be mounted')))
  await Promise.race([once(keeper.stdout, 'data'), ended])
  ended.catch(() => {})
  return keeper
}

function enter(folder: string, { pid }: ChildProcess): string {
  const inside = `cd "$1" && shift && exec ${jrctlInside} "$@"`
  return `#!/bin/sh
exec nsenter --mount=/proc/${pid}/ns/mnt chroot ${folder} /bin/sh -c '${inside}' sh "$PWD" "$@"
`
}
