import { Writable } from 'node:stream'
import xterm, { type IBuffer, type IBufferCell } from '@xterm/headless'
import type { Size } from '../../tui/state.ts'

/** What a terminal can be switched to, by the numbers of DECSET. */
const modeNames: Readonly<Record<string, string>> = {
  '1': 'application cursor keys',
  '7': 'wraparound',
  '25': 'cursor shown',
  '1000': 'mouse',
  '1004': 'focus reports',
  '1049': 'alternate screen',
  '2004': 'bracketed paste',
  '2026': 'synchronized output',
}

const colourNames = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white']

/** Only what somebody sees: other colours than the 16 are told by their number, so that a frame shows them. */
function styleOf(cell: IBufferCell): string {
  const attributes = [
    ['bold', cell.isBold()],
    ['dim', cell.isDim()],
    ['inverse', cell.isInverse()],
    ['hidden', cell.isInvisible()],
    ['blinking', cell.isBlink()],
    ['underlined', cell.isUnderline()],
  ] as const
  const colour = cell.isFgDefault() ? [] : [colourNames[cell.getFgColor()] ?? `colour ${cell.getFgColor()}`]
  const ground = cell.isBgDefault() ? [] : [`on ${cell.getBgColor()}`]
  return [...attributes.filter(([, isOn]) => isOn).map(([name]) => name), ...colour, ...ground].join(' ')
}

/** A terminal that obeys what it is told, as xterm does, and can be asked what its owner sees. */
export class Emulator extends Writable {
  readonly isTTY = true
  /** All that was written to it. */
  written = ''
  readonly #xterm: InstanceType<typeof xterm.Terminal>
  readonly #modes = new Set(['cursor shown', 'wraparound'])

  constructor({ columns, rows }: Size) {
    super()
    this.#xterm = new xterm.Terminal({
      cols: columns,
      rows,
      scrollback: 1000,
      // What the line discipline of a tty does (ONLCR), in raw mode too.
      convertEol: true,
      allowProposedApi: true,
    })
    for (const [final, isOn] of [
      ['h', true],
      ['l', false],
    ] as const)
      this.#xterm.parser.registerCsiHandler({ prefix: '?', final }, (numbers) => this.#switch(numbers, isOn))
  }

  get columns(): number {
    return this.#xterm.cols
  }

  get rows(): number {
    return this.#xterm.rows
  }

  /** The modes that are on. */
  get modes(): string[] {
    return [...this.#modes].toSorted()
  }

  get cursor(): { x: number; y: number } {
    const { cursorX, cursorY } = this.#xterm.buffer.active
    return { x: cursorX, y: cursorY }
  }

  /** The lines that are seen now, without the blanks at their ends. */
  screen(): string[] {
    const { baseY } = this.#xterm.buffer.active
    return this.#lines(this.#xterm.buffer.active, baseY, baseY + this.rows)
  }

  /** The same with the styles of its cells told in brackets: `⟨bold green⟩running⟨⟩`. */
  styled(): string[] {
    const { baseY } = this.#xterm.buffer.active
    return Array.from({ length: this.rows }, (_, row) => this.#styledLine(baseY + row))
  }

  /** All that a shell has left here: what is seen when nothing covers it, and what can be scrolled back to. */
  history(): string[] {
    return this.#lines(this.#xterm.buffer.normal, 0, this.#xterm.buffer.normal.length)
  }

  /** Lines of the alternate screen that were pushed off its top: nobody will ever see them again. */
  get lost(): number {
    return this.#xterm.buffer.alternate.baseY
  }

  resize({ columns, rows }: Size): void {
    this.#xterm.resize(columns, rows)
    this.emit('resize')
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.written += chunk.toString('utf8')
    this.#xterm.write(chunk, done)
  }

  #lines(buffer: IBuffer, from: number, to: number): string[] {
    return Array.from(
      { length: to - from },
      (_, index) =>
        buffer
          .getLine(from + index)
          ?.translateToString(false, 0, this.columns)
          .trimEnd() ?? '',
    )
  }

  #styledLine(y: number): string {
    const line = this.#xterm.buffer.active.getLine(y)
    let text = ''
    let style = ''
    for (let x = 0; x < this.columns; x++) {
      const cell = line?.getCell(x)
      // The second half of a wide character.
      if (!cell || cell.getWidth() === 0) continue
      const next = styleOf(cell)
      if (next !== style) text += `⟨${next}⟩`
      style = next
      text += cell.getChars() || ' '
    }
    return text.trimEnd()
  }

  #switch(numbers: (number | number[])[], isOn: boolean): boolean {
    for (const number of numbers.flat()) {
      const name = modeNames[String(number)] ?? `mode ${number}`
      if (isOn) this.#modes.add(name)
      else this.#modes.delete(name)
    }
    // The emulator obeys it too.
    return false
  }
}
