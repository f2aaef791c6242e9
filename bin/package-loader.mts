/**
 * The first code that runs in a packaged jrctl: what the launcher bin/jrctl and Node's module loader are elsewhere. The program's chunks
 * travel as assets, each with its compiled code; a command evaluates those that it imports, and no other is even looked at.
 */
import { createRequire } from 'node:module'
import { getRawAsset, getAssetKeys } from 'node:sea'
import { pathToFileURL } from 'node:url'
import { type Module, SourceTextModule } from 'node:vm'

// What it was started with is too small for some, see bin/jrctl.
const young = youngGeneration(process.argv.slice(2))
if (young !== null && !process.execArgv.includes(young)) beginAgain(young)

const require = createRequire(process.execPath)
const url = pathToFileURL(process.execPath).href
const carried = new Set(getAssetKeys())
const modules = new Map<string, SourceTextModule>()

function youngGeneration(args: readonly string[]): string | null {
  if (args.includes('--stream')) return '--max-semi-space-size=16'
  return args.includes('daemon') || args.includes('demo') ? '--max-semi-space-size=8' : null
}

/** The same process, called by the same name: others know it by both. */
function beginAgain(flag: string): void {
  process.execve?.(
    process.execPath,
    [process.argv0, `--node-options=${flag}`, ...process.argv.slice(2)],
    process.env,
  )
}

/** The module of a chunk, linked with those that it imports. */
function linked(name: string): SourceTextModule {
  const known = modules.get(name)
  if (known !== undefined) return known
  const compiled = `chunks/${name}.compiled`
  const module = new SourceTextModule(textOf(`chunks/${name}`), {
    identifier: `jrctl:${name}`,
    ...(carried.has(compiled) ? { cachedData: new Uint8Array(getRawAsset(compiled)) } : {}),
    importModuleDynamically: (specifier) => evaluated(nameOf(specifier)),
    initializeImportMeta: (meta) =>
      Object.assign(meta, {
        url,
        filename: process.execPath,
        dirname: process.execPath.replace(/\/[^/]*$/, ''),
        require,
      }),
  })
  modules.set(name, module)
  module.linkRequests(module.moduleRequests.map(({ specifier }) => linked(nameOf(specifier))))
  return module
}

/** The bundler writes nothing but ASCII. */
function textOf(asset: string): string {
  return Buffer.from(getRawAsset(asset)).toString('latin1')
}

/** The bundler writes `./name.js`. */
function nameOf(specifier: string): string {
  return specifier.slice('./'.length)
}

async function evaluated(name: string): Promise<Module> {
  const module = linked(name)
  if (module.status === 'unlinked') module.instantiate()
  await module.evaluate()
  return module
}

/** What src/main.ts calls. */
interface Program {
  main(process: NodeJS.Process): Promise<void>
}

// What rejects here is our own fault, and Node prints it whole.
void evaluated('main.js').then(({ namespace }) => (namespace as Program).main(process))
