import { PassThrough, Writable } from 'node:stream'

/** A terminal that keeps what it is told. */
export class FakeTerminal extends Writable {
  readonly isTTY = true
  columns = 80
  rows = 24
  written = ''

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.written += chunk.toString('utf8')
    done()
  }
}

/** A keyboard in its terminal's hands: `press` types, `raw` says whether keys come one by one. */
export class FakeKeyboard extends PassThrough {
  readonly isTTY = true
  raw = false
  /** Told each time that its mode is set. */
  onMode: (raw: boolean) => void = () => {}

  setRawMode(raw: boolean): this {
    this.raw = raw
    this.onMode(raw)
    return this
  }
  ref(): this {
    return this
  }
  unref(): this {
    return this
  }
  press(keys: string): void {
    this.write(keys)
  }
}
