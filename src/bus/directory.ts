import type { Subscriber } from './subscriber.ts'

/** Topics whose subscribers are remembered; names made up for each message must not fill the memory. */
const rememberedMax = 1000

/** Who listens to what. Finding the subscribers of a topic costs once; until one comes or goes it is remembered. */
export class Directory {
  readonly #all = new Set<Subscriber>()
  readonly #remembered = new Map<string, Route>()
  #turns = 0

  get all(): ReadonlySet<Subscriber> {
    return this.#all
  }

  add(subscriber: Subscriber): void {
    this.#all.add(subscriber)
    this.#remembered.clear()
  }

  remove(subscriber: Subscriber): void {
    this.#all.delete(subscriber)
    this.#remembered.clear()
  }

  /** Those who came by this door. */
  countOf(door: string): number {
    return [...this.#all].reduce((count, subscriber) => count + (subscriber.door === door ? 1 : 0), 0)
  }

  listenersOf(topic: string): readonly Subscriber[] {
    return this.#routeOf(topic).listeners
  }

  /** Whether anybody responds under this topic. */
  hasResponder(topic: string): boolean {
    return this.#routeOf(topic).responders.length > 0
  }

  /**
   * Whose turn it is among those who respond: who has the fewest requests open, and of these who has waited longest. In turns,
   * then, while all are equally quick; a slow one gets fewer. Undefined: nobody responds, or all have their queues full.
   */
  nextResponder(topic: string, bytes: number): Subscriber | undefined {
    let next: Subscriber | undefined
    for (const responder of this.#routeOf(topic).responders) {
      if (responder.hasRoomFor(bytes) && (next === undefined || isBefore(responder, next))) next = responder
    }
    if (next !== undefined) next.lastTurn = this.#turns += 1
    return next
  }

  #routeOf(topic: string): Route {
    const known = this.#remembered.get(topic)
    if (known !== undefined) return known
    const wanting = [...this.#all].filter((subscriber) => subscriber.wants(topic))
    const route = {
      listeners: wanting.filter(({ responds }) => !responds),
      responders: wanting.filter(({ responds }) => responds),
    }
    if (this.#remembered.size >= rememberedMax) this.#remembered.clear()
    this.#remembered.set(topic, route)
    return route
  }
}

interface Route {
  listeners: readonly Subscriber[]
  responders: readonly Subscriber[]
}

function isBefore(one: Subscriber, other: Subscriber): boolean {
  if (one.open.size !== other.open.size) return one.open.size < other.open.size
  return one.lastTurn < other.lastTurn
}
