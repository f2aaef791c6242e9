/** The environment variables by which the SDKs of a dialect find their API, and the path below the gateway's address. */
interface LlmVariables {
  baseUrl: string
  key: string
  path: string
  /** Others that would lead a call past the gateway, or show it another key than the attempt's. */
  diverting: readonly string[]
}

export const llmVariables = {
  // Clients older than the official SDKs' version 1 read OPENAI_API_BASE, some before the new name.
  openai: {
    baseUrl: 'OPENAI_BASE_URL',
    key: 'OPENAI_API_KEY',
    path: '/v1',
    diverting: ['OPENAI_API_BASE'],
  },
  // The official SDK sends both, the token as `Authorization`.
  anthropic: {
    baseUrl: 'ANTHROPIC_BASE_URL',
    key: 'ANTHROPIC_API_KEY',
    path: '',
    diverting: ['ANTHROPIC_AUTH_TOKEN'],
  },
} as const satisfies Record<string, LlmVariables>

export type LlmDialect = keyof typeof llmVariables

export const llmDialects: readonly LlmDialect[] = ['openai', 'anthropic']

/**
 * By this variable the daemon tells `jrctl work` for which dialects its commands use the gateway, as a list with commas; for
 * all when it is not set. A worker whose definition gives it an address or a key of its own keeps them.
 */
export const dialectsVariable = 'JRCTL_GATEWAY_DIALECTS'

/** Every variable of the dialect, whoever reads it. */
export function variablesOf(dialect: LlmDialect): string[] {
  const { baseUrl, key, diverting } = llmVariables[dialect]
  return [baseUrl, key, ...diverting]
}
