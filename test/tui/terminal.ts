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

  setRawMode(raw: boolean): this {
    this.raw = raw
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
