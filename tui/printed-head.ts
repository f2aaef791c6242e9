import { troublesOf } from '../src/text/troubles.ts'
import { wrap } from '../src/text/wrap.ts'
import { fleetFacts } from './components/header.ts'
import { heading, headingCells } from './components/heading.ts'
import { queueFacts } from './components/queue-line.ts'
import { joined, type Line, lineWidth, type Role, type Span, textOf } from './line.ts'
import type { AppState } from './state.ts'

const separator = ' · '

/** What is wrong, the fleet and the queue: as the screen tells them, but all of it, over as many lines as that takes. */
export function printedHead(state: AppState): Line[] {
  const room = state.size.isEndless ? Number.POSITIVE_INFINITY : state.size.columns - headingCells
  const troubles = troublesOf(state.status.view, state.status.at.wallMs)
  return [
    ...titled(
      'Wrong',
      'bad',
      troubles.flatMap(({ level, text }) =>
        wrap(text, room).map((line): Line => [{ text: line, role: level }]),
      ),
    ),
    ...titled('Fleet', 'title', factLines(fleetFacts(state), room)),
    ...titled('Queue', 'title', factLines(queueFacts(state), room)),
  ]
}

function titled(title: string, role: Role, lines: readonly Line[]): Line[] {
  return lines.map((line, index) => [heading(index === 0 ? title : '', role), ...line])
}

/** As many facts on each line as there is room for. */
function factLines(facts: readonly Span[], room: number): Line[] {
  const lines: Span[][] = [[]]
  for (const fact of facts.filter((span) => textOf(span) !== '')) {
    const last = lines.at(-1)
    if (last && (last.length === 0 || lineWidth(joined([...last, fact], separator)) <= room)) last.push(fact)
    else lines.push([fact])
  }
  return lines.map((line) => joined(line, separator))
}
