import type { LoadedPolicy } from './load.ts'
import { locatePositions } from './positions.ts'
import type { Positions } from './positions.ts'
import type { Setting, SettingValue } from './settings.ts'

/** A line of `jrctl config show`. */
export interface EffectiveSetting {
  key: string
  /** Secrets are masked; durations as people write them; paths absolute. */
  value: SettingValue
  /** `default`, `FILE:LINE`, `env:NAME`, `fleet` or `argument`. */
  source: string
}

/** The configuration in force, key by key, with where each value came from. */
export async function effective(loaded: LoadedPolicy): Promise<EffectiveSetting[]> {
  const positions = loaded.text && (await locatePositions(loaded.text.reveal()))
  return loaded.settings.map((setting) => ({
    key: setting.key,
    value: setting.value,
    source: describeSource(setting, loaded.path, positions),
  }))
}

function describeSource({ source, path }: Setting, file: string | null, positions: Positions | null): string {
  if (source.kind === 'environment') return `env:${source.variable}`
  if (source.kind !== 'file') return source.kind
  const line = positions?.value(path)?.line
  return line === undefined ? `${file}` : `${file}:${line}`
}
