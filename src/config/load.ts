import { dirname } from 'node:path'
import { BugError } from '../errors.ts'
import { acceptanceFindings } from './accepts.ts'
import { ConfigError } from './config-error.ts'
import type { Problem } from './config-error.ts'
import { channelWarnings } from './channel-findings.ts'
import { crossFindings } from './cross-checks.ts'
import { misspelledVariables, overridesFrom, withOverrides } from './environment.ts'
import { findConfig } from './find.ts'
import type { FindOptions } from './find.ts'
import type { SingleKey } from './keys.ts'
import { legibleWorkers } from './legible-workers.ts'
import { minimalWorker } from './minimal-worker.ts'
import { fitsSocket, resolvePath, socketPathBytesMax, stateDirOfUnit } from './paths.ts'
import { Secret } from './policy.ts'
import type { Policy } from './policy.ts'
import { locatePositions } from './positions.ts'
import { exposureWarnings } from './exposure.ts'
import { findingsOf } from './problems.ts'
import { ruleFindings } from './rule-findings.ts'
import type { Finding } from './problems.ts'
import { scheduleFindings } from './schedule-findings.ts'
import { configSchema } from './schema.ts'
import type { ParsedConfig } from './schema.ts'
import { settingsOf } from './settings.ts'
import type { Setting, Source } from './settings.ts'
import { readSource } from './source.ts'
import type { ConfigSource } from './source.ts'
import { toPolicy } from './to-policy.ts'
import { unreachableLimits } from './unreachable-limits.ts'

export interface LoadOptions extends FindOptions {
  /** The state directory, above all that file and environment say. */
  stateDirOverride?: string | undefined
}

export interface LoadedPolicy {
  policy: Policy
  /** The file, absolute; null: there is none. */
  path: string | null
  /** By key. */
  sources: ReadonlyMap<string, Source>
  /** Every key with its masked value in force; `effective` adds the lines. */
  settings: readonly Setting[]
  /** The file's text, for line numbers. */
  text: Secret | null
  /** The file says which workers there are, and be it none (`workers = []`). */
  isFleetWritten: boolean
  /** For people; nothing that stops us. */
  warnings: readonly string[]
}

/** Everything that is known once the file is read and before it is judged. */
interface Draft {
  source: ConfigSource | null
  raw: Record<string, unknown>
  merged: Record<string, unknown>
  overrides: ReadonlyMap<string, SingleKey>
}

/**
 * Finds, reads and checks the configuration. Throws ConfigError with all problems at once; changes nothing anywhere, so
 * that a running daemon whose file became invalid goes on with what it has.
 */
export async function loadPolicy(options: LoadOptions): Promise<LoadedPolicy> {
  const found = findConfig(options)
  const source = found.path === null ? null : readSource(found.path)
  const draft = draftOf(source, options)
  const parsed = await parseDraft(draft)
  const argument =
    options.stateDirOverride === undefined
      ? undefined
      : resolvePath(options.stateDirOverride, options.cwd, options.home)
  const fleet = draft.overrides.has('state_dir') ? null : found.fleetDir
  const policy = toPolicy(parsed, {
    ...options,
    folder: source === null ? options.cwd : dirname(source.path),
    stateDirOverride: argument ?? fleet ?? undefined,
  })
  await refuse(draft, [...socketFindings(policy), ...folderFindings(policy)])
  const stateDirSource = sourceOfStateDir(argument, fleet, draft, options)
  const settings = settingsOf({ ...draft, policy, stateDirSource })
  return {
    policy,
    path: found.path,
    sources: new Map(settings.map((setting) => [setting.key, setting.source])),
    settings,
    text: source && new Secret(source.text),
    isFleetWritten: draft.raw['workers'] !== undefined,
    warnings: [
      ...exposureWarnings(source),
      ...misspelledVariables(options.env),
      ...unreachableLimits(policy),
      ...channelWarnings(policy.windows),
    ],
  }
}

/** Null: file, override or default say so themselves. */
function sourceOfStateDir(
  argument: string | undefined,
  fleet: string | null,
  { merged }: Draft,
  options: LoadOptions,
): Source | null {
  if (argument !== undefined) return { kind: 'argument' }
  if (fleet !== null) return { kind: 'fleet' }
  const isUnits = merged['state_dir'] === undefined && stateDirOfUnit(options.env) !== undefined
  return isUnits ? { kind: 'environment', variable: 'STATE_DIRECTORY' } : null
}

function draftOf(source: ConfigSource | null, options: LoadOptions): Draft {
  const raw = source?.raw ?? {}
  const overrides = overridesFrom(options.env)
  return { source, raw, overrides, merged: withOverrides(raw, overrides.values(), options) }
}

async function parseDraft(draft: Draft): Promise<ParsedConfig> {
  const parsed = configSchema.safeParse(draft.merged)
  const workers = legibleWorkers(draft.merged)
  await refuse(draft, [
    ...findingsOf(parsed.error?.issues ?? [], draft.merged),
    ...crossFindings(draft.merged),
    ...(await acceptanceFindings(workers, draft.merged)),
    ...(await scheduleFindings(workers, draft.merged)),
    ...(await ruleFindings(draft.merged)),
  ])
  if (parsed.data === undefined) throw new BugError('the configuration was refused for no reason')
  return parsed.data
}

function socketFindings({ api }: Policy): Finding[] {
  const sockets = { socket: api.socket, worker_socket: api.workerSocket }
  return Object.entries(sockets).flatMap(([name, path]): Finding[] => {
    if (fitsSocket(path)) return []
    const message = `found a path of ${Buffer.byteLength(path)} bytes, allowed at most ${socketPathBytesMax} (the limit of unix sockets)`
    return [{ path: ['api', name], at: 'value', key: `api.${name}`, message, suggestion: null }]
  })
}

/** What the kernel shows as files; Node's way to make a folder there never ends. */
const kernelFolders = /^\/(proc|sys)(\/|$)/

function folderFindings({ stateDir, logs }: Policy): Finding[] {
  const folders = { state_dir: stateDir, 'logs.dir': logs.dir }
  return Object.entries(folders).flatMap(([key, folder]): Finding[] =>
    kernelFolders.test(folder)
      ? [
          {
            path: key.split('.'),
            at: 'value',
            key,
            message: `found "${folder}", allowed a folder on a disk`,
            suggestion: null,
          },
        ]
      : [],
  )
}

/** Throws all findings, each with its place; does nothing when there are none. */
async function refuse(draft: Draft, findings: readonly Finding[]): Promise<void> {
  if (findings.length === 0) return
  const positions = draft.source && (await locatePositions(draft.source.text))
  const problems = findings.map((finding): Problem => {
    const { key, message, suggestion } = finding
    const override = draft.overrides.get(finding.path.join('.'))
    if (override !== undefined)
      return { where: override.variable, line: null, column: null, key: null, message, suggestion }
    const position = positions?.[finding.at](finding.path)
    const where = draft.source?.path ?? 'configuration'
    return { where, line: position?.line ?? null, column: position?.column ?? null, key, message, suggestion }
  })
  throw new ConfigError(problems.sort(byPlace), hintFor(findings))
}

function byPlace(one: Problem, other: Problem): number {
  return (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0)
}

function hintFor(findings: readonly Finding[]): string {
  const incomplete = findings.some(
    ({ path, message }) => path[0] === 'workers' && message.startsWith('found nothing'),
  )
  return incomplete
    ? `a complete worker is:\n${minimalWorker}`
    : 'nothing was changed; every key: jrctl config example'
}
