import { answerBody, streamBody } from './answers.ts'
import { type Answer, openConnection, requestBytes, type Target } from './wire.ts'

/** What so many connections measured, each asking again as soon as it has its answer. */
export interface Load {
  perSecond: number
  /** Of each answer, from the last byte of the request to the last of the answer, or (streams) to the first of its body. */
  latenciesMs: number[]
}

interface LoadOptions {
  target: Target
  model: 'json' | 'stream'
  connections: number
  durationMs: number
  /** Whether its bytes may differ from the upstream's while they mean the same. */
  rewrites: boolean
}

/** Throws at the first answer that is not what the upstream said. */
export async function load(options: LoadOptions): Promise<Load> {
  const { target, model, connections, durationMs } = options
  const request = requestBytes(target, model)
  const latenciesMs: number[] = []
  const startedMs = performance.now()
  const untilMs = startedMs + durationMs
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const connection = await openConnection(target.port)
      try {
        while (performance.now() < untilMs) {
          const answer = await connection.ask(request)
          check(answer, options)
          latenciesMs.push(model === 'stream' ? answer.firstByteMs : answer.wholeMs)
        }
      } finally {
        connection.close()
      }
    }),
  )
  return { perSecond: (latenciesMs.length * 1000) / (performance.now() - startedMs), latenciesMs }
}

function check({ status, body }: Answer, { model, rewrites, target }: LoadOptions): void {
  const expected = model === 'stream' ? streamBody : answerBody
  const isRight = rewrites ? means(body, expected) : body === expected
  if (status !== 200 || !isRight)
    throw new Error(
      `port ${target.port} answered ${status}, not what the upstream said: ${body.slice(0, 500)}`,
    )
}

/** Every text and every count of the original is in it. */
function means(body: string, expected: string): boolean {
  const told = (text: string): string =>
    [...text.matchAll(/"(?:content|total_tokens)": *("[^"]*"|\d+)/g)].map(([, value]) => value).join()
  return told(body) === told(expected)
}
