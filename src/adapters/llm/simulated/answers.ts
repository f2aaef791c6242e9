import type { UpstreamDialect, UpstreamRequest } from '../../../ports/upstream.ts'
import { readAsked } from './asked.ts'
import { chat, completions } from './chat.ts'
import { embeddings } from './embeddings.ts'
import { failure } from './failures.ts'
import type { Making } from './making.ts'
import { messages, messageTokens } from './messages.ts'
import type { Models } from './models.ts'
import { responses } from './responses.ts'
import type { Script } from './script.ts'

/** What a body must have, and what is made of it. */
const makers: Readonly<Record<string, { required: string; make: (making: Making) => Script }>> = {
  '/v1/chat/completions': { required: 'messages', make: chat },
  '/v1/completions': { required: 'prompt', make: completions },
  '/v1/responses': { required: 'input', make: responses },
  '/v1/embeddings': { required: 'input', make: embeddings },
  '/v1/messages': { required: 'messages', make: messages },
  '/v1/messages/count_tokens': { required: 'messages', make: messageTokens },
}

const modelsPath = '/v1/models'

export interface AnswerContext {
  models: Models
  /** Unix seconds. */
  createdS: number
  id: (prefix: string) => string
}

/** The answer of a simulated LLM to a request, errors as the real ones tell theirs. */
export function answerTo(request: UpstreamRequest, context: AnswerContext): Script {
  const { dialect, method, body } = request
  const path = request.path.split('?', 1)[0] ?? ''
  if (method === 'GET') return answerAbout(path, dialect, context.models)
  const maker = Object.hasOwn(makers, path) ? makers[path] : undefined
  if (maker === undefined) return failure(dialect, 404, `there is nothing at POST ${path}`)
  const asked = readAsked(body, maker.required)
  if (typeof asked === 'string') return failure(dialect, 400, asked)
  if (!context.models.has(asked.model)) return context.models.unknown(dialect, asked.model)
  return maker.make({ ...context, asked, model: labelled(asked.model) })
}

function answerAbout(path: string, dialect: UpstreamDialect, models: Models): Script {
  if (path === modelsPath) return models.list(dialect)
  if (path.startsWith(`${modelsPath}/`))
    return models.one(dialect, decoded(path.slice(modelsPath.length + 1)))
  return failure(dialect, 404, `there is nothing at GET ${path}`)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Whoever stores an answer stores with it that no such model made it. */
function labelled(model: string): string {
  return model.startsWith('simulated') ? model : `simulated/${model}`
}
