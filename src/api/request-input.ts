import { isDeeperThan } from '../domain/json-levels.ts'
import { taskLimits } from '../domain/task.ts'
import { messageOf } from '../errors.ts'
import { type Exchange, onceEach } from './exchange.ts'
import { Refusal } from './refusal.ts'
import { awaitsContinue } from './http-server.ts'
import { readBody } from './request-body.ts'

/** Path, query and body as one flat object; the path wins. */
export async function rawInput({ incoming, outgoing, params, query }: Exchange): Promise<object> {
  const isRead = incoming.method === 'GET' || incoming.method === 'HEAD'
  if (!isRead && awaitsContinue(incoming)) outgoing.writeContinue()
  const sent = isRead ? onceEach(query) : jsonBody(await readBody(incoming))
  return { ...sent, ...params }
}

function jsonBody(text: string): object {
  if (text === '') return {}
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch (error) {
    throw new Refusal(400, 'request.not_json', `The body is not JSON: ${messageOf(error)}`)
  }
  if (isDeeperThan(levelsMax, body)) throw tooDeep()
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body
  throw new Refusal(400, 'request.not_object', 'The body is not a JSON object')
}

/** A result, and the body around it. What is checked and cleaned by recursion would end the stack with a deeper one. */
const levelsMax = taskLimits.resultLevels + 1

function tooDeep(): Refusal {
  return new Refusal(
    400,
    'request.too_deep',
    `The body is nested deeper than ${levelsMax} levels`,
    `A result may have ${taskLimits.resultLevels}. Write a deeper one to a file and send its path.`,
  )
}
