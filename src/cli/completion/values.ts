import type { ApiClient } from '../../client/client.ts'
import { ledgerEventTypes } from '../../domain/ledger-event.ts'
import { sanitize } from '../../domain/sanitize.ts'
import { isFinished, taskStatuses } from '../../domain/task.ts'
import type { Cli } from '../command.ts'
import type { AskedKind } from '../manual/value-kind.ts'

/** A value, and what it stands for. */
export type Offer = readonly [value: string, text: string]

/** Nobody waits longer for a key to be answered. */
const patienceMs = 300
/** Of so many the newest, what begins as was typed is looked for. */
const askedMax = 200
/** More tasks are no help on a screen: who wants an older one types the beginning of its id. */
const newestMax = 30
const textCells = 60

/**
 * Prints the values of a kind that begin so, a line each, the value and its meaning parted by a tab. Silent when nobody can be
 * asked, or not within `patienceMs`: a shell that completes is no place for errors.
 */
export async function printValues(cli: Cli, kind: AskedKind, prefix: string): Promise<void> {
  const offers = await withinPatience(cli, (signal) => sources[kind](cli, signal))
  const offersMax = isEndless(kind) ? newestMax : askedMax
  for (const [value, text] of offers
    .filter(([one]) => one.startsWith(prefix) && isPlain(one))
    .slice(0, offersMax))
    cli.output.line(`${value}\t${sanitize(text, { lengthMax: textCells })}`)
}

/** Those of which there come to be ever more. */
function isEndless(kind: AskedKind): boolean {
  return kind === 'task' || kind === 'letter'
}

/** What a terminal would obey, or would break the line, is no value for a shell: nobody could see what he typed. */
function isPlain(value: string): boolean {
  return value !== '' && sanitize(value, { lengthMax: value.length + 1 }) === value
}

function withinPatience(
  cli: Cli,
  ask: (signal: AbortSignal) => Promise<readonly Offer[]>,
): Promise<readonly Offer[]> {
  const late = new AbortController()
  return new Promise((resolve) => {
    const timer = cli.clock.after(patienceMs, () => {
      late.abort()
      resolve([])
    })
    ask(late.signal)
      .then(resolve, () => resolve([]))
      .finally(() => timer.cancel())
  })
}

type Source = (cli: Cli, signal: AbortSignal) => Promise<readonly Offer[]>

const unfinished = taskStatuses.filter((status) => !isFinished(status))

const sources: Readonly<Record<AskedKind, Source>> = {
  jr: asking(async (client, signal) => {
    const { workers } = await client.call('listWorkers', {}, signal)
    const byName = Map.groupBy(workers, ({ name }) => name)
    return [...byName].map(([name, instances]) => [
      name,
      [...new Set(instances.map(({ state }) => state))].join(', '),
    ])
  }),
  task: asking(async (client, signal) => {
    const { tasks } = await client.call('listTasks', { statuses: unfinished, limit: askedMax }, signal)
    return tasks.map(({ id, title, status }) => [String(id), `${title} (${status})`])
  }),
  letter: asking(async (client, signal) => {
    const { letters } = await client.call('listDeadLetters', { limit: askedMax }, signal)
    return letters.map(({ id, title }) => [id, title])
  }),
  campaign: asking(async (client, signal) => {
    const { campaigns } = await client.call('listCampaigns', { limit: askedMax }, signal)
    return campaigns.map(({ name, status }) => [name, status])
  }),
  rule: async (cli) => (await cli.local.rules()).rules.map(({ name, condition }) => [name, condition]),
  event: async () => eventOffers('.*'),
  topic: async () => eventOffers('.>'),
}

function asking(ask: (client: ApiClient, signal: AbortSignal) => Promise<readonly Offer[]>): Source {
  // What there is to say beside the answers is said to nobody.
  return async (cli, signal) => ask(await cli.client({ program: 'completion', tell: () => {} }), signal)
}

/** The types of the ledger's events, under which the bus has them as topics too, and each group of them. */
function eventOffers(wildcard: string): Offer[] {
  const groups = new Set(ledgerEventTypes.map((type) => type.slice(0, type.indexOf('.'))))
  return [
    ...[...groups].map((group): Offer => [`${group}${wildcard}`, `all of ${group}`]),
    ...ledgerEventTypes.map((type): Offer => [type, '']),
  ]
}
