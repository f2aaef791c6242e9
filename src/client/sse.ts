/** Reads server-sent events (WHATWG HTML §9.2) of the daemon: `event` and `data` lines, comments ignored. */
export class EventReader<Event extends { event: string; data: unknown }> {
  readonly #decoder = new TextDecoder()
  readonly #onEvent: (event: Event) => void
  readonly #onId: (id: string) => void
  #text = ''

  /** @param onId called with the id of each event that has one, once the event was told */
  constructor(onEvent: (event: Event) => void, onId: (id: string) => void = () => {}) {
    this.#onEvent = onEvent
    this.#onId = onId
  }

  push(chunk: Buffer): void {
    this.#text += this.#decoder.decode(chunk, { stream: true })
    const blocks = this.#text.split('\n\n')
    this.#text = blocks.pop() ?? ''
    for (const block of blocks) this.#emit(block)
  }

  #emit(block: string): void {
    let name = 'message'
    let id: string | undefined
    const data: string[] = []
    for (const line of block.split('\n')) {
      if (line.startsWith('event: ')) name = line.slice('event: '.length)
      if (line.startsWith('id: ')) id = line.slice('id: '.length)
      if (line.startsWith('data: ')) data.push(line.slice('data: '.length))
    }
    if (data.length > 0) this.#onEvent({ event: name, data: JSON.parse(data.join('\n')) as unknown } as Event)
    if (id !== undefined) this.#onId(id)
  }
}
