import type { ApiClient } from '../../client/client.ts'
import type { BusEvent, BusRequestView } from '../../contract/bus.ts'
import { busLimits } from '../../contract/bus.ts'
import { exitCode, messageOf, OperationalError, type ExitCode, UserError } from '../../errors.ts'
import { safe } from '../../text/fit.ts'
import type { Cli } from '../command.ts'
import { createResponder, type Reply } from './responder.ts'
import { streamEnded } from './subscribe.ts'

export interface RespondOptions {
  concurrency: number
}

/** A daemon that went away is looked for again after this, doubling. */
const retryInitialMs = 500
const retryMaxMs = 10_000

/** Runs a command for each request under these topics until interrupted; a daemon that restarts is waited for. */
export async function respond(
  cli: Cli,
  topics: readonly string[],
  command: readonly [string, ...string[]],
  { concurrency }: RespondOptions,
): Promise<ExitCode> {
  // Else only those who ask would learn of it.
  if ((await cli.local.findProgram(command[0])) === undefined)
    throw new UserError(`no program ${JSON.stringify(command[0])} on PATH`, {
      hint: 'Install it, or name it by its full path.',
    })
  const client = await cli.client()
  const interrupt = cli.interrupted()
  let delayMs = retryInitialMs
  const at: { state: 'new' | 'responding' | 'waiting' } = { state: 'new' }
  while (!interrupt.aborted) {
    try {
      await respondOnce(cli, client, { topics, command, concurrency, interrupt }, () => {
        tellReady(cli, topics, at.state === 'waiting')
        at.state = 'responding'
        delayMs = retryInitialMs
      })
    } catch (error) {
      if (at.state === 'new' || !isAway(error)) throw error
      // Said once, however often it is tried.
      if (at.state === 'responding')
        cli.output.note(`jrctl: ${messageOf(error)}; trying again until it is back`)
      at.state = 'waiting'
      await cli.clock.sleep(delayMs, interrupt).catch(() => {})
      delayMs = Math.min(retryMaxMs, 2 * delayMs)
    }
  }
  return exitCode.ok
}

interface Engagement extends RespondOptions {
  topics: readonly string[]
  command: readonly [string, ...string[]]
  interrupt: AbortSignal
}

/** Settles when interrupted; throws when the daemon goes. Either way no command is left running. */
async function respondOnce(
  cli: Cli,
  client: ApiClient,
  { topics, command, concurrency, interrupt }: Engagement,
  ready: () => void,
): Promise<void> {
  const responder = createResponder({
    command,
    concurrency,
    env: cli.env,
    run: (order, signal) => cli.local.runCommand(order, signal),
    answered: (request, reply) => sendReply(cli, client, request, reply),
  })
  const hear = (event: BusEvent): void => {
    if (event.event === 'ready') ready()
    if (event.event === 'request') responder.take(event.data)
    if (event.event === 'cancelled') responder.cancel(event.data.request_id)
  }
  try {
    await client.subscribe({ topic: [...topics], respond: true }, hear, { signal: interrupt })
  } finally {
    await responder.stop()
  }
  if (!interrupt.aborted) throw streamEnded(client)
}

/** An answer that came too late is a note, no failure: the next request may fare better. */
async function sendReply(cli: Cli, client: ApiClient, request: BusRequestView, reply: Reply): Promise<void> {
  try {
    await client.call('replyBus', { request_id: request.request_id, ...bounded(reply) })
    tellAnswered(cli, request, reply)
  } catch (error) {
    cli.output.note(`jrctl: ${messageOf(error)}`)
    // An answer that is refused as too large leaves its asker waiting, unless it is told.
    if (error instanceof UserError && 'data' in reply)
      await client
        .call('replyBus', { request_id: request.request_id, error: messageOf(error) })
        .catch(() => {})
  }
}

function bounded(reply: Reply): Reply {
  if (!('error' in reply)) return reply
  // UTF-8 has three bytes for a UTF-16 unit at most.
  const charactersMax = Math.floor(busLimits.errorBytes / 3)
  return { error: reply.error.toWellFormed().slice(-charactersMax) }
}

function tellReady(cli: Cli, topics: readonly string[], isBack: boolean): void {
  const again = isBack ? 'the daemon is back; ' : ''
  if (cli.options.json) cli.output.json({ responding: topics })
  else cli.output.note(`jrctl: ${again}responding to ${topics.map(safe).join(', ')}`)
}

function tellAnswered(cli: Cli, { request_id: requestId, topic, from }: BusRequestView, reply: Reply): void {
  if (cli.options.json) cli.output.json({ answered: { request_id: requestId, topic, from, ...reply } })
  else
    cli.output.line(
      `${safe(topic)}  ${'error' in reply ? `error: ${safe(reply.error)}` : 'answered'}  (${safe(from)})`,
    )
}

function isAway(error: unknown): boolean {
  return error instanceof OperationalError && error.retryable && error.code.startsWith('daemon.')
}
