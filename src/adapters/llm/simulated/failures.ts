import type { UpstreamDialect } from '../../../ports/upstream.ts'
import { type Script, whole } from './script.ts'

/** An error as the APIs of the dialect tell theirs. */
export function failure(dialect: UpstreamDialect, status: 400 | 404, message: string): Script {
  return dialect === 'anthropic'
    ? whole(status, { type: 'error', error: { type: anthropicTypes[status], message } })
    : whole(status, {
        error: { message, type: 'invalid_request_error', param: null, code: openaiCodes[status] },
      })
}

const anthropicTypes = { 400: 'invalid_request_error', 404: 'not_found_error' } as const
const openaiCodes = { 400: null, 404: 'model_not_found' } as const
