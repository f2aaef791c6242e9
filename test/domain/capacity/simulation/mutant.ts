import { readFile } from 'node:fs/promises'
import { build, type PluginBuild } from 'esbuild'
import type { createCapacityCore } from '../../../../src/domain/capacity/capacity-core.ts'

/** One thing that the core does right, and what stands there when it does not. */
export interface Mutation {
  /** In src/domain/capacity. */
  file: string
  text: string
  instead: string
}

const folder = new URL('../../../../src/domain/capacity/', import.meta.url)

/** The core with these faults. Rejects when a text is not there any more: then the mutation has to follow. */
export async function mutantOf(mutations: readonly Mutation[]): Promise<typeof createCapacityCore> {
  const left = new Set(mutations)
  const setup = (bundle: PluginBuild): void =>
    bundle.onLoad({ filter: /domain\/capacity\/[\w-]+\.ts$/ }, async ({ path }) => {
      let contents = await readFile(path, 'utf8')
      for (const mutation of mutations) {
        if (!path.endsWith(`/${mutation.file}`) || !contents.includes(mutation.text)) continue
        contents = contents.replace(mutation.text, mutation.instead)
        left.delete(mutation)
      }
      return { contents, loader: 'ts' }
    })
  const { outputFiles } = await build({
    entryPoints: [new URL('capacity-core.ts', folder).pathname],
    bundle: true,
    format: 'esm',
    write: false,
    plugins: [{ name: 'mutate', setup }],
  })
  for (const { file, text } of left) throw new Error(`not in ${file}: ${text}`)
  return load(outputFiles[0]?.contents)
}

async function load(code: Uint8Array | undefined): Promise<typeof createCapacityCore> {
  const address = `data:text/javascript;base64,${Buffer.from(code ?? []).toString('base64')}`
  const module: unknown = await import(/* @vite-ignore */ address)
  return (module as { createCapacityCore: typeof createCapacityCore }).createCapacityCore
}
