import { Text } from 'ink'
import { memo } from 'react'

/** One Text a row, and a row is not looked at again while its text is the same: that is what keeps drawing cheap. */
const Row = memo(function Row({ text }: { text: string }) {
  return <Text wrap="truncate">{text}</Text>
})

export function Rows({ rows }: { rows: readonly string[] }) {
  // Rows are places on the screen: the place is their identity.
  return rows.map((text, place) => <Row key={`row ${String(place)}`} text={text} />)
}
