/** Where the sample reports ask an LLM, and as whom. */
export interface LlmAddress {
  /** As the SDKs take it: `http://127.0.0.1:4000/v1`. */
  baseUrl: string
  key: string
  model: string
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The gateway of the daemon that runs the report; null: there is none, or the demo has named no model for it. Nobody's LLM is
 * ever asked by another way, whatever else the environment holds: a sample must not cost anybody anything.
 */
export function llmAddress(env: Environment): LlmAddress | null {
  const gateway = env['JRCTL_GATEWAY_URL']
  const baseUrl = env['OPENAI_BASE_URL']
  const key = env['OPENAI_API_KEY']
  const model = env[modelVariable]
  if (!gateway || !key || !model || baseUrl !== `${gateway}/v1`) return null
  return { baseUrl, key, model }
}

/** Set by the demo for its own workers, or by who wants the samples to ask a certain model. */
export const modelVariable = 'JRCTL_DEMO_MODEL'
