import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { sanitize } from '../domain/sanitize.ts'
import { messageOf } from '../errors.ts'
import type { LlmAddress } from './llm-address.ts'

/** What an LLM said of a report. The report itself is of the files alone: this stands beside it and proves nothing. */
export interface LlmRemarks {
  model: string
  /** Nobody was asked: the text is made up. */
  simulated: boolean
  remarks: { [question in keyof typeof questions]: string }
}

/** Asked both at the same time, as an agent with several threads of thought would. */
const questions = {
  summary: 'Say in one sentence what stands out in it.',
  next: 'Say in one sentence what to do next about it.',
} as const

/**
 * Not imported: that asks the module for each of its names, and for one of them it loads a whole WebSocket client. Several hundred
 * reports, a process each, would take half as long again.
 */
const { request } = process.getBuiltinModule('node:http')

/** The gateway lets a request wait for minutes before it refuses; a silence beyond that is nobody's any more. */
const silenceMs = 600_000
const promptCharsMax = 2000
const remarkCharsMax = 300
const answerCharsMax = 1_000_000
const answerTokensMax = 24

/** Asks for remarks on a report. Rejects with an Error that says in plain words why there are none. */
export async function askForRemarks(llm: LlmAddress, report: object): Promise<LlmRemarks> {
  const about = `A report on a dependency: ${JSON.stringify(report).slice(0, promptCharsMax)}`
  const answers = await Promise.all(
    Object.entries(questions).map(
      async ([name, question]) => [name, await ask(llm, question, about)] as const,
    ),
  )
  return {
    model: llm.model,
    simulated: answers.some(([, { simulated }]) => simulated),
    remarks: Object.fromEntries(answers.map(([name, { said }]) => [name, said])) as LlmRemarks['remarks'],
  }
}

interface Said {
  said: string
  simulated: boolean
}

async function ask({ baseUrl, key, model }: LlmAddress, question: string, about: string): Promise<Said> {
  const asked = request(`${baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    timeout: silenceMs,
  })
  asked.once('timeout', () => asked.destroy(new Error('the LLM has not answered for 10 minutes')))
  const messages = [{ role: 'user', content: `${about}\n\n${question}` }]
  asked.end(JSON.stringify({ model, messages, max_tokens: answerTokensMax }))
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  const body = await textOf(answer)
  if (answer.statusCode !== 200)
    throw new Error(`the LLM answered ${answer.statusCode}: ${plain(errorIn(body) ?? body)}`)
  return { said: plain(contentIn(body)), simulated: answer.headers['x-jrctl-simulated'] === 'true' }
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of answer.setEncoding('utf8')) {
    text += String(chunk)
    if (text.length > answerCharsMax)
      throw new Error(`the LLM's answer is longer than ${answerCharsMax} characters`)
  }
  return text
}

/** What comes from an LLM comes from outside. */
function plain(words: string): string {
  return sanitize(words, { multiline: false, lengthMax: remarkCharsMax })
}

interface ChatAnswer {
  choices?: { message?: { content?: unknown } }[]
  error?: { message?: unknown }
}

function contentIn(body: string): string {
  const content = parsed(body).choices?.[0]?.message?.content
  if (typeof content !== 'string') throw new Error(`the LLM's answer holds no text: ${plain(body)}`)
  return content
}

function errorIn(body: string): string | null {
  try {
    const message = parsed(body).error?.message
    return typeof message === 'string' ? message : null
  } catch {
    return null
  }
}

function parsed(body: string): ChatAnswer {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? value : {}
  } catch (error) {
    throw new Error(`the LLM's answer is not JSON: ${messageOf(error)}`, { cause: error })
  }
}
