import xterm from '@xterm/headless'

/** What a terminal shows of what was written to it. */
export class Screen {
  readonly #terminal: xterm.Terminal

  constructor({ columns, rows }: { columns: number; rows: number }) {
    this.#terminal = new xterm.Terminal({ cols: columns, rows, scrollback: 0, allowProposedApi: true })
  }

  /** @param shown called when it is on the screen */
  write(text: string, shown: () => void): void {
    this.#terminal.write(text, shown)
  }

  line(row: number): string {
    return this.#terminal.buffer.active.getLine(row)?.translateToString(true) ?? ''
  }

  lines(): string[] {
    return Array.from({ length: this.#terminal.rows }, (_, row) => this.line(row))
  }

  /** The row under the operator's cursor; -1: none is. */
  get markedRow(): number {
    return this.lines().findIndex((line) => line.startsWith('›'))
  }
}
