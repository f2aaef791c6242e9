import { alertFields } from './alerts.ts'
import { noteOf } from './fields.ts'
import type { Field } from './fields.ts'
import { keyOf, singleKeys, valueAt } from './keys.ts'
import type { Path, SingleKey } from './keys.ts'
import { isSecretName, mask, maskUrls } from './masking.ts'
import { upstreamFields } from './gateway.ts'
import type { Policy, RulePolicy, WindowPolicy } from './policy.ts'
import { ruleFields, ruleStandards } from './rules.ts'
import { workerFields } from './schema.ts'
import { windowFields } from './windows.ts'

/** Where a value comes from. */
export type Source =
  | { kind: 'default' }
  | { kind: 'file' }
  | { kind: 'environment'; variable: string }
  /** The state directory of a demo fleet is its folder. */
  | { kind: 'fleet' }
  /** The command that loads it said so. */
  | { kind: 'argument' }

export type SettingValue = string | number | boolean | null | string[] | Record<string, string>

/** One key of the effective configuration, fit to be shown: secrets are masked. */
export interface Setting {
  key: string
  path: Path
  value: SettingValue
  source: Source
}

export interface SettingsInput {
  /** The file's values; the file's and the environment's together. */
  raw: unknown
  merged: unknown
  overrides: ReadonlyMap<string, SingleKey>
  policy: Policy
  /** Why the state directory is not the file's. */
  stateDirSource: Source | null
}

/** Every key with its value in force, in the order of the schema. */
export function settingsOf(input: SettingsInput): Setting[] {
  const single = singleKeys.map((key) => singleSetting(key, input))
  return [
    ...single,
    ...input.policy.gateway.upstreams.flatMap((_, index) => upstreamSettings(index, input)),
    ...input.policy.orchestrator.rules.flatMap((rule, index) => ruleSettings(rule, index, input)),
    ...input.policy.windows.flatMap((window, index) => windowSettings(window, index, input)),
    ...input.policy.alerts.flatMap((_, index) => alertSettings(index, input)),
    ...input.policy.workers.flatMap((_, index) => workerSettings(index, input)),
  ]
}

function singleSetting(single: SingleKey, input: SettingsInput): Setting {
  const { key, path, field, note } = single
  const resolved = resolvedPaths(input.policy)[key]
  const value = resolved ?? shown(field, valueAt(input.merged, path) ?? note.default)
  return { key, path, value, source: sourceOf(single, input) }
}

function sourceOf({ key, path }: SingleKey, input: SettingsInput): Source {
  if (key === 'state_dir' && input.stateDirSource !== null) return input.stateDirSource
  const override = input.overrides.get(key)
  if (override !== undefined) return { kind: 'environment', variable: override.variable }
  return valueAt(input.raw, path) === undefined ? { kind: 'default' } : { kind: 'file' }
}

/** Paths are shown as they came out: absolute, also where the default depends on the machine. */
function resolvedPaths(policy: Policy): Record<string, string | null> {
  return {
    state_dir: policy.stateDir,
    'queue.password_file': policy.queue.passwordFile,
    'logs.dir': policy.logs.dir,
    'api.socket': policy.api.socket,
    'api.worker_socket': policy.api.workerSocket,
    'api.token_file': policy.api.tokenFile,
  }
}

function workerSettings(index: number, { raw, policy }: SettingsInput): Setting[] {
  return Object.entries(workerFields).map(([name, field]) => {
    const path = ['workers', index, name]
    const written = valueAt(raw, path)
    const value =
      name === 'cwd' ? (policy.workers[index]?.cwd ?? null) : shown(field, written ?? standard(name, field))
    return {
      key: keyOf(path, raw),
      path,
      value,
      source: { kind: written === undefined ? 'default' : 'file' },
    }
  })
}

/** Those of the specification are shown too, where the file says nothing of windows. */
function windowSettings(window: WindowPolicy, index: number, { raw }: SettingsInput): Setting[] {
  const isStandard = valueAt(raw, ['windows']) === undefined
  return Object.keys(windowFields).map((name) => {
    const path = ['windows', index, name]
    const named = isStandard
      ? { windows: Array(index).concat({ channel: window.channel }) as unknown[] }
      : raw
    return {
      key: keyOf(path, named),
      path,
      value: window[name as keyof WindowPolicy],
      source: { kind: valueAt(raw, path) === undefined ? 'default' : 'file' },
    }
  })
}

function alertSettings(index: number, { raw, policy }: SettingsInput): Setting[] {
  const channel = policy.alerts[index]
  return Object.entries(alertFields).map(([name, field]) => {
    const path = ['alerts', index, name]
    const written = valueAt(raw, path)
    const value = name === 'on' ? (channel?.topics ?? null) : alertValue(name, field, written)
    return {
      key: keyOf(path, raw),
      path,
      value,
      source: { kind: written === undefined ? 'default' : 'file' },
    }
  })
}

/** Names of variables are no secrets; an address may well be one, from its first character to its last. */
function alertValue(name: string, field: Field, written: unknown): SettingValue {
  if (name === 'url' && written !== undefined) return mask
  if (name === 'headers_env') return { ...(written as Record<string, string> | undefined) }
  if (name === 'env_pass') return [...((written as string[] | undefined) ?? [])]
  return shown(field, written ?? noteOf(field)?.default)
}

function upstreamSettings(index: number, { raw, policy }: SettingsInput): Setting[] {
  const upstream = policy.gateway.upstreams[index]
  return Object.entries(upstreamFields).map(([name, field]) => {
    const path = ['gateway', 'upstreams', index, name]
    const written = valueAt(raw, path)
    const value = shown(field, written ?? listDefaults[name] ?? noteOf(field)?.default)
    const { key } = upstream ?? { key: null }
    return {
      key: keyOf(path, raw),
      path,
      value: name === 'key_file' && key !== null && 'file' in key ? key.file : value,
      source: { kind: written === undefined ? 'default' : 'file' },
    }
  })
}

function ruleSettings(rule: RulePolicy, index: number, { raw }: SettingsInput): Setting[] {
  const standards = ruleStandards(rule)
  return Object.entries(ruleFields).flatMap(([name, field]): Setting[] => {
    const path = ['rules', index, name]
    const written = valueAt(raw, path)
    const value = shown(field, written ?? standards[name] ?? noteOf(field)?.default)
    const source: Source = { kind: written === undefined ? 'default' : 'file' }
    // What a built-in rule does is no setting.
    return value === null ? [] : [{ key: keyOf(path, raw), path, value, source }]
  })
}

const listDefaults: Record<string, string[]> = { dialects: ['openai'], models: ['*'] }

const emptyDefaults: Record<string, SettingValue> = { env: {}, env_pass: [], depends_on: [] }

function standard(name: string, field: Field): SettingValue {
  return emptyDefaults[name] ?? noteOf(field)?.default ?? null
}

function shown(field: Field, value: unknown): SettingValue {
  if (Array.isArray(value)) return value.map((part) => maskUrls(String(part)))
  if (typeof value === 'object' && value !== null) return shownTable(value)
  if (typeof value === 'string') return noteOf(field)?.secret === true ? maskedUrl(value) : maskUrls(value)
  return typeof value === 'number' || typeof value === 'boolean' ? value : null
}

function maskedUrl(url: string): string {
  const masked = maskUrls(url)
  // Parameters of a URL may hold a password too.
  return masked.replace(/\?.*$/s, `?${mask}`)
}

function shownTable(table: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(table).map(([name, value]) => [name, isSecretName(name) ? mask : maskUrls(String(value))]),
  )
}
