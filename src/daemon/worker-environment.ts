import type { WorkerDefinition } from '../config/policy.ts'
import type { InstanceId, NodeId } from '../domain/ids.ts'
import { dialectsVariable, llmDialects, llmVariables, variablesOf } from '../domain/llm-variables.ts'
import type { LlmDialect } from '../domain/llm-variables.ts'

/** Whose these say that the daemon is, a worker of another account is not: the host gives it its own. */
const accountVariables = new Set(['HOME', 'USER', 'LOGNAME', 'MAIL', 'SHELL', 'XDG_RUNTIME_DIR'])

/** What every worker may see of the daemon's environment (spec §4). Anything else is asked for by `env_pass`. */
const passedAlways = new Set(['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'TZ', 'TMPDIR'])

export interface WorkerEnvironmentSources {
  /** The daemon's own environment. */
  daemon: NodeJS.ProcessEnv
  /** The queue's connection as variables: DATABASE_URL, PGHOST, … Only handed to who asks, or to `jrctl work`. */
  database: Record<string, string>
  /** Of the daemon's own account. */
  socket: string
  /** For workers of any account. */
  workerSocket: string
  nodeId: NodeId
  configPath: string | null
  stateDir: string
  /** The jrctl executable; its folder goes last on PATH, so that `jrctl …` works in a task's command. */
  self: { path: string; binDir: string }
  /** The gateway's address without a path, `http://127.0.0.1:4000`; null: there is none. */
  gatewayUrl: string | null
}

/** The environment of one worker instance. Later sources win: system, env_pass, env, ours. */
export function workerEnvironment(
  definition: WorkerDefinition,
  instanceId: InstanceId,
  sources: WorkerEnvironmentSources,
): Record<string, string> {
  const throughGateway = dialectsThroughGateway(definition, sources)
  const offered = { ...sources.daemon, ...sources.database }
  const passed =
    definition.envInherit === 'all'
      ? sources.daemon
      : Object.fromEntries(
          Object.entries(sources.daemon).filter(([name]) => passedAlways.has(name) || name.startsWith('LC_')),
        )
  const asked = definition.envPass.map((name) => [name, offered[name]] as const)
  const environment = {
    ...(definition.user === undefined ? passed : withoutAccount(passed)),
    ...Object.fromEntries(asked),
    // Nobody's but ours: the keys of another daemon's gateway mean nothing here.
    JRCTL_GATEWAY_URL: undefined,
    // A command within a worker means the daemon that runs it; and the token is nobody's but an operator's.
    JRCTL_HOST: undefined,
    JRCTL_TOKEN: undefined,
    JRCTL_API_TOKEN: undefined,
    ...absent(throughGateway.flatMap(variablesOf)),
    ...definition.env,
    ...(isJrctl(definition, sources.self.path)
      ? {
          ...overridesOf(sources.daemon),
          JRCTL_CONFIG: sources.configPath ?? undefined,
          JRCTL_STATE_DIR: sources.stateDir,
          JRCTL_NODE_ID: sources.nodeId,
        }
      : {}),
    ...(isJrctlWork(definition, sources.self.path) ? connectionOf(sources.database) : {}),
    JR_ORCHESTRATED: '1',
    JR_NAME: definition.name,
    // Who has another account can open no socket but the one for all; the others may ask for all that their account may.
    JRCTL_SOCKET: definition.user === undefined ? sources.socket : sources.workerSocket,
    JRCTL_WORKER_ID: instanceId,
    ...(sources.gatewayUrl === null ? {} : { JRCTL_GATEWAY_URL: sources.gatewayUrl }),
    ...(sources.gatewayUrl !== null && isJrctlWork(definition, sources.self.path)
      ? { [dialectsVariable]: throughGateway.join() }
      : {}),
  }
  const path = (environment as NodeJS.ProcessEnv)['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'
  return onlyStrings({ ...environment, PATH: `${path}:${sources.self.binDir}` })
}

/**
 * For which dialects the commands of a `jrctl work` get the gateway's address and their attempt's key. What the daemon's
 * environment holds of these, above all its key, is then not handed on; a definition that names an address or a key itself
 * (`env`) goes its own way with both, so that no attempt's key is shown to a stranger.
 */
function dialectsThroughGateway(
  definition: WorkerDefinition,
  { gatewayUrl, self }: WorkerEnvironmentSources,
): LlmDialect[] {
  if (gatewayUrl === null || !isJrctlWork(definition, self.path)) return []
  return llmDialects.filter((dialect) => {
    const { baseUrl, key } = llmVariables[dialect]
    return definition.env[baseUrl] === undefined && definition.env[key] === undefined
  })
}

function absent(names: readonly string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(names.map((name) => [name, undefined]))
}

function withoutAccount(variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !accountVariables.has(name)))
}

function onlyStrings(variables: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}

/** The word `jrctl`, or what `resolveSelf` made of it. */
function isJrctl({ command: [program] }: WorkerDefinition, selfPath: string): boolean {
  return program === 'jrctl' || program === selfPath
}

/** `jrctl work` needs the queue and keeps the secret from the command it runs (spec §3). */
function isJrctlWork(definition: WorkerDefinition, selfPath: string): boolean {
  return isJrctl(definition, selfPath) && definition.command[1] === 'work'
}

/** The queue, and the way to it without a pooler where one is named. */
function connectionOf(database: Record<string, string>): NodeJS.ProcessEnv {
  return {
    DATABASE_URL: database['DATABASE_URL'],
    JRCTL_QUEUE_LISTEN_URL: database['JRCTL_QUEUE_LISTEN_URL'],
  }
}

/** Keys that the daemon's environment overrides hold for its own workers too; its secrets travel as `connectionOf` alone. */
function overridesOf(daemon: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const secret = new Set(['JRCTL_QUEUE_URL', 'JRCTL_QUEUE_LISTEN_URL', 'JRCTL_QUEUE_PASSWORD_FILE'])
  return Object.fromEntries(
    Object.entries(daemon).filter(
      ([name]) => /^JRCTL_(QUEUE_|LOGS_|DEMO_PROJECT$|DEMO_MODEL$)/.test(name) && !secret.has(name),
    ),
  )
}

/**
 * Writes into the definition which database its worker is handed (never how to log in). So a worker that an earlier daemon
 * started on an address that is no longer true differs from its definition, and is restarted instead of adopted.
 */
export function boundToDatabase(
  definition: WorkerDefinition,
  database: Record<string, string>,
  selfPath: string,
): WorkerDefinition {
  const isHanded = isJrctlWork(definition, selfPath) || definition.envPass.some((name) => name in database)
  const url = URL.parse(database['DATABASE_URL'] ?? '')
  if (!isHanded || url === null) return definition
  const host = url.searchParams.get('host') ?? url.host
  return { ...definition, env: { ...definition.env, JRCTL_WORKS_ON: `${host}${url.pathname}` } }
}

/**
 * Writes into the definition where the gateway listens, as configured: a worker that an earlier daemon gave another address,
 * or none, is restarted instead of adopted, and that is told as any change of a definition is.
 * @param listens null: there is no gateway
 */
export function boundToGateway(definition: WorkerDefinition, listens: string | null): WorkerDefinition {
  if (listens === null) return definition
  return { ...definition, env: { ...definition.env, JRCTL_GATEWAY_AT: listens } }
}

/** The word `jrctl` in first place means this very executable, whatever PATH says. */
export function resolveSelf(definition: WorkerDefinition, selfPath: string): WorkerDefinition {
  const [program, ...args] = definition.command
  return program === 'jrctl' ? { ...definition, command: [selfPath, ...args] } : definition
}
