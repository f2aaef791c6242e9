import sea from '@yao-pkg/pkg/lib-es5/sea.js'
import { build } from 'esbuild'
import { linkSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export type Arch = 'x64' | 'arm64'

/** One of npm's packages that hold nothing but Node. */
export interface PinnedNode {
  path: string
  version: string
}

export interface Executable {
  root: string
  /** A folder to work in. */
  work: string
  output: string
  arch: Arch
  node: PinnedNode
  /** The same version, to run here. */
  ownNode: PinnedNode
  /** Files to carry, by the name under which they are asked for. */
  assets: Readonly<Record<string, string>>
}

/**
 * What bin/jrctl gives Node on the command line (see there), and what the loader needs. A compiled chunk is of use only
 * under the V8 flags that it was compiled with.
 */
export const nodeFlags = [
  '--max-semi-space-size=2',
  '--disable-sigusr1',
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
]

export async function makeExecutable(options: Executable): Promise<void> {
  const { arch, node, output, assets } = options
  const seaConfig = {
    disableExperimentalSEAWarning: true,
    useSnapshot: false,
    useCodeCache: false,
    execArgv: nodeFlags,
    // The loader gives a streaming worker other flags. NODE_OPTIONS, which is meant for other programs, is not heeded.
    execArgvExtension: 'cli',
    assets,
  }
  const targets = [{ nodeRange: `node${node.version}`, platform: 'linux' as const, arch, output }]
  const main = await bundleLoader(options)
  fillCache(options)
  await quietly(() => sea.default(main, { seaConfig, targets }))
}

async function bundleLoader({ root, work }: Executable): Promise<string> {
  const outfile = join(work, 'loader.cjs')
  await build({
    absWorkingDir: root,
    entryPoints: ['bin/package-loader.mts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node26',
    logLevel: 'warning',
  })
  return outfile
}

/** pkg looks for Node in its cache, by os.homedir(), and downloads it where it finds none. */
function fillCache({ work, arch, node, ownNode }: Executable): void {
  const home = join(work, 'home')
  rmSync(home, { recursive: true, force: true })
  for (const { path, version, of } of [
    { ...node, of: arch },
    { ...ownNode, of: process.arch },
  ]) {
    const name = `node-v${version}-linux-${of}`
    const program = join(home, '.pkg-cache/sea', name, 'bin/node')
    mkdirSync(dirname(program), { recursive: true })
    linkOrCopy(path, program)
    for (const done of [
      `${program}.ok`,
      ...['.tar.gz', '.tar.gz.ok'].map((end) => dirname(dirname(program)) + end),
    ])
      writeFileSync(done, '')
  }
  process.env['HOME'] = home
}

function linkOrCopy(from: string, to: string): void {
  rmSync(to, { force: true })
  try {
    linkSync(from, to)
  } catch {
    copyFileSync(from, to)
  }
}

/** pkg tells each of its steps; only what goes wrong is of interest. */
async function quietly(action: () => Promise<void>): Promise<void> {
  const { log } = console
  console.log = () => {}
  try {
    await action()
  } finally {
    console.log = log
  }
}
