import { build, type Plugin } from 'esbuild'
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join, relative } from 'node:path'
import { bundling } from './bundling.js'
import { type Arch, nodeFlags } from './package-sea.mts'

/**
 * The program in chunks, as bin/build makes them, for the loader of the executable; each with its compiled code, unless it is for
 * another kind of processor. Answers the files by their names as assets, and the npm packages that have a part in them.
 */
export async function bundleChunks(options: {
  root: string
  folder: string
  node: string
  arch: Arch
}): Promise<{ assets: Record<string, string>; packages: Set<string> }> {
  const { root, folder, node, arch } = options
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const { names, packages } = await writeChunks(root, folder)
  const assets = names.map((name) => [`chunks/${name}`, join(folder, name)] as const)
  if (arch !== process.arch) return { assets: Object.fromEntries(assets), packages }
  const compiler = join(import.meta.dirname, 'package-compile.mts')
  execFileSync(node, [...nodeFlags, compiler, folder, ...names], { stdio: 'inherit' })
  const compiled = assets.map(([name, path]) => [`${name}.compiled`, `${path}.compiled`] as const)
  return { assets: Object.fromEntries([...assets, ...compiled]), packages }
}

async function writeChunks(
  root: string,
  folder: string,
): Promise<{ names: string[]; packages: Set<string> }> {
  const { outputFiles, metafile } = await build({
    ...bundling,
    absWorkingDir: root,
    entryPoints: { main: 'src/main/main.ts' },
    outdir: folder,
    splitting: true,
    entryNames: '[name]',
    chunkNames: '[name]-[hash]',
    write: false,
    metafile: true,
    define: { ...bundling.define, jrctlCommit: commitOf(root) },
    // The loader gives it to every chunk.
    banner: { js: 'const require=import.meta.require;' },
    plugins: [...(bundling.plugins ?? []), requiredBuiltins, withoutDevtools, unpackedSqlite(root)],
  })
  for (const { path, contents } of outputFiles) writeFileSync(path, contents)
  return {
    names: outputFiles.map(({ path }) => relative(folder, path)),
    packages: packagesOf(Object.keys(metafile.inputs)),
  }
}

/** `node_modules/a/node_modules/@b/c/x.js` is of the package @b/c, as the lock file names it. */
function packagesOf(files: readonly string[]): Set<string> {
  const places = files.flatMap((file) => /node_modules\/.*/.exec(file)?.[0] ?? [])
  return new Set(
    places.flatMap((place) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(place)?.[0] ?? []),
  )
}

/** For `jrctl version`; as an expression. */
function commitOf(root: string): string {
  try {
    const args = ['rev-parse', '--short=12', 'HEAD']
    const commit = execFileSync('git', args, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return JSON.stringify(commit.trim())
  } catch {
    // An archive of the sources, or no git.
    return 'null'
  }
}

/** The loader links chunks with chunks; Node's own modules are asked for where they are needed. */
const requiredBuiltins: Plugin = {
  name: 'required builtins',
  setup(bundler) {
    bundler.onResolve({ filter: /./ }, ({ path, kind }) =>
      kind !== 'require-call' && isBuiltin(path) ? { path, namespace: 'builtin' } : undefined,
    )
    bundler.onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)})`,
    }))
  },
}

/** Ink imports it where DEV is set, which is for who works on Ink. */
const withoutDevtools: Plugin = {
  name: 'without devtools',
  setup(bundler) {
    bundler.onResolve({ filter: /^react-devtools-core$/ }, ({ path }) => ({ path, namespace: 'none' }))
    bundler.onLoad({ filter: /./, namespace: 'none' }, () => ({ contents: 'export default undefined' }))
  },
}

/** better-sqlite3 looks for its native part beside itself: it gets the one that we unpack. */
function unpackedSqlite(root: string): Plugin {
  const inside = (path: string): string => JSON.stringify(join(root, path))
  const contents = `
    import createDatabase from ${inside('node_modules/better-sqlite3/lib/database.js')}
    import SqliteError from ${inside('node_modules/better-sqlite3/lib/sqlite-error.js')}
    import { loadSqliteAddon } from ${inside('src/main/sqlite-addon.ts')}
    const addon = await loadSqliteAddon()
    const Database = createDatabase(() => addon, false)
    Database.SqliteError = SqliteError
    export default Database
  `
  return {
    name: 'unpacked sqlite',
    setup(bundler) {
      bundler.onResolve({ filter: /^better-sqlite3$/ }, () => ({
        path: 'better-sqlite3',
        namespace: 'unpacked',
      }))
      bundler.onLoad({ filter: /./, namespace: 'unpacked' }, () => ({ contents, resolveDir: root }))
    },
  }
}
