import type { Endpoint } from '../request/endpoint.ts'
import type { Prepared } from '../request/prepare.ts'
import { EventStream } from './event-stream.ts'
import { JsonWatch } from './json-watch.ts'
import type { Tally } from './tally.ts'
import { watchedNames } from './watched-names.ts'

/** How one kind of answer passes. */
export interface Reading {
  push(chunk: Buffer): Buffer | null
  end(): Buffer | null
}

/** Nothing is read. */
export const unread: Reading = { push: (chunk) => chunk, end: () => null }

/** What an event or a document says it used. */
interface Report {
  usage: unknown
  final: boolean
}

/** An answer in one piece of JSON. */
export function documentReading({ endpoint }: Prepared, tally: Tally): Reading {
  let report: Report | null = null
  let counted = 0
  const watch = new JsonWatch(watchedNames(endpoint.id, false), {
    usage: (usage, outer) => (report = { usage, final: !outer }),
  })
  const tell = (): void => {
    tally.seen(watch.textBytes - counted)
    counted = watch.textBytes
    // After what was seen: the report includes it.
    if (report !== null) tally.report(report.usage, report.final)
    report = null
  }
  return {
    push(chunk) {
      watch.push(chunk, 0, chunk.length)
      tell()
      return chunk
    },
    end: () => null,
  }
}

/**
 * An answer in events. With `stripUsage`, the event that is there only for its usage (`"choices":[]` and a `usage` object) is taken
 * out. The `"usage":null` that comes with all others then stays: clients know it as optional or null, and to cut it out of each
 * event would be the contrary of verbatim.
 */
export function eventsReading({ endpoint, stripUsage }: Prepared, tally: Tally): Reading {
  let report: Report | null = null
  const watch = new JsonWatch(watchedNames(endpoint.id, true), {
    usage: (usage, outer) => (report = { usage, final: isFinal(endpoint, outer) }),
  })
  const ended = (): boolean => {
    const onlyUsage = report !== null && watch.choicesEmpty && watch.whole
    tally.seen(watch.textBytes)
    // After what was seen: a report includes the text of its own event.
    if (report !== null) tally.report(report.usage, report.final)
    report = null
    watch.restart()
    return onlyUsage
  }
  return new EventStream({ data: (bytes, from, to) => watch.push(bytes, from, to), ended }, stripUsage)
}

/** The message that begins an answer tells its input, and as output no more than a first token. */
function isFinal({ dialect }: Endpoint, outer: boolean): boolean {
  return dialect === 'openai' || !outer
}
