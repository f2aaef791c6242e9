import { Text } from 'ink'
import { memo } from 'react'
import type { Line } from '../line.ts'
import type { Theme } from '../theme.ts'

/** One Text a row, and a row is not looked at again while its text is the same: that is what keeps drawing cheap. */
const Row = memo(function Row({ text }: { text: string }) {
  return <Text wrap="truncate">{text}</Text>
})

export function Rows({ lines, theme }: { lines: readonly Line[]; theme: Theme }) {
  // Rows are places on the screen: the place is their identity. Without text a row would have no height.
  return lines.map((line, place) => <Row key={`row ${String(place)}`} text={theme.line(line) || ' '} />)
}
