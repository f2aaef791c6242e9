import type { Parsed } from '../../contract/inputs.ts'
import { type LogEvent, type LogEvents, type LogLineView, logLimits } from '../../contract/logs.ts'
import { apiVersion } from '../../contract/views.ts'
import { jrName } from '../../domain/ids.ts'
import { timeOfLine } from '../../domain/log-entry.ts'
import { namesHint } from '../../domain/nearest-name.ts'
import { messageOf, OperationalError } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { LogItem, LogLine, LogReader, LogWish } from '../../ports/log-files.ts'
import { beat } from '../beat.ts'
import { type Exchange, onceEach } from '../exchange.ts'
import { parseInput } from '../input.ts'
import { Refusal } from '../refusal.ts'
import { eventText, serveEventStream, type Write } from '../server-sent-events.ts'
import type { DaemonServices } from '../services.ts'
import { LatestLines } from './latest-lines.ts'

export interface LogDeps {
  services: Pick<DaemonServices, 'logOf' | 'configured'>
  /** Those that are open, to be ended with the server. */
  streams: Set<{ end(): void }>
  heartbeatMs: number
  clock: Clock
}

/** What a screen holds anyway, and a batch that a slow line takes a moment for. */
const latestBounds = { lines: 1000, bytes: 512 * 1024 }
/** More than these would hold everybody else up while they are made text. */
const itemsAtOnce = 2000
/** Between two batches for a screen: a person sees no difference, and a busy log costs ten events a second. */
const latestPaceMs = 100

/**
 * `GET /v1/logs`: the last lines of a log, then what is written, as server-sent events. Nothing is held for a reader: what is
 * told is read when the socket has room for it, so that a slow one is behind in the file and nowhere else; `gap` tells what was
 * deleted meanwhile. With `latest` it is never behind: what it is too late for is counted and left out.
 */
export async function serveLog({ outgoing, query }: Exchange, deps: LogDeps): Promise<void> {
  const asked = parseInput('followLog', onceEach(query))
  const { streams, clock } = deps
  if (streams.size >= logLimits.readers)
    throw new Refusal(503, 'logs.full', `All ${logLimits.readers} places for readers of logs are taken`)
  const ended = new AbortController()
  const stream = { end: () => ended.abort() }
  streams.add(stream)
  try {
    const { view, reader } = await sourceOf(asked, deps.services)
    await serveEventStream(
      outgoing,
      async (write) => {
        const stopBeating = beat(clock, deps.heartbeatMs, () => write(': still here\n\n'))
        try {
          await write(textOf('log', view))
          await told(reader, asked, { write, clock, ended })
        } catch (error) {
          await write(textOf('failed', failureOf(error)))
        } finally {
          stopBeating()
        }
      },
      stream.end,
    )
  } finally {
    stream.end()
    streams.delete(stream)
  }
}

async function sourceOf({ jr, instance }: Parsed<'followLog'>, services: LogDeps['services']) {
  const name = jr === undefined ? null : jrName(jr)
  const { path, reader } = services.logOf(name, instance)
  const exists = await reader.exists()
  const known = services.configured()
  // A Jr that is no longer configured still has its log.
  if (!exists && name !== null && !known.includes(name))
    throw new Refusal(
      404,
      'log.not_found',
      `There is no worker ${name}, and no log of one`,
      namesHint(name, known) ?? 'None is configured.',
    )
  return { reader, view: { apiVersion, jr: name, instance, path, exists } }
}

interface Telling {
  write: Write
  clock: Clock
  ended: AbortController
}

async function told(reader: LogReader, asked: Parsed<'followLog'>, telling: Telling): Promise<void> {
  const { since, lines, follow, latest } = asked
  const wish: LogWish = {
    lines: since === undefined ? (lines ?? logLimits.linesUsual) : null,
    sinceMs: since ?? null,
    timeOf: timeOfLine,
    follow,
  }
  if (latest) return await tellLatest(reader, wish, telling)
  for await (const items of reader.lines(wish, telling.ended.signal))
    for (let from = 0; from < items.length; from += itemsAtOnce)
      await telling.write(itemsText(items.slice(from, from + itemsAtOnce)))
}

async function tellLatest(reader: LogReader, wish: LogWish, { write, clock, ended }: Telling): Promise<void> {
  const { signal } = ended
  const latest = new LatestLines(latestBounds)
  const read = async (): Promise<void> => {
    try {
      for await (const items of reader.lines(wish, signal)) latest.push(items)
    } finally {
      latest.close()
    }
  }
  const tell = async (): Promise<void> => {
    try {
      for (let taken = await latest.take(); taken !== undefined; taken = await latest.take()) {
        const missed = taken.missedLines === 0 ? '' : textOf('missed', { lines: taken.missedLines })
        await write(missed + itemsText(taken.items))
        // Rejects only when it is aborted, after which nothing more comes.
        await clock.sleep(latestPaceMs, signal).catch(() => {})
      }
    } finally {
      ended.abort()
    }
  }
  await Promise.all([read(), tell()])
}

/** Lines that follow one another are one event. */
function itemsText(items: readonly LogItem[]): string {
  let text = ''
  let lines: LogLineView[] = []
  const flush = (): void => {
    if (lines.length > 0) text += textOf('lines', { lines })
    lines = []
  }
  for (const item of items) {
    if (item.kind === 'line') {
      lines.push(lineView(item))
      continue
    }
    flush()
    text += item.kind === 'gap' ? textOf('gap', { bytes: item.bytes }) : textOf('end', {})
  }
  flush()
  return text
}

function lineView({ bytes, cutBytes }: LogLine): LogLineView {
  const kept = bytes.subarray(0, logLimits.lineBytes)
  const cut = cutBytes + bytes.length - kept.length
  return { text: kept.toString('utf8'), ...(cut === 0 ? {} : { cutBytes: cut }) }
}

function failureOf(error: unknown): LogEvents['failed'] {
  const hint = error instanceof OperationalError ? (error.hint ?? null) : null
  return { message: messageOf(error), hint }
}

function textOf<Name extends LogEvent['event']>(event: Name, data: LogEvents[Name]): string {
  return eventText({ event, json: JSON.stringify(data) })
}
