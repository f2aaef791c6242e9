interface Curve {
  name: string
  values: readonly { at: number; value: number }[]
}

/** The longest bar, in characters. */
const width = 48

/** Bars of one common scale, as text for a Markdown page: a straight line of equal ones is a cost that does not grow. */
export function plot(curves: readonly Curve[]): string {
  const most = Math.max(...curves.flatMap(({ values }) => values.map(({ value }) => value)))
  const lines = curves.flatMap(({ name, values }) => [
    name,
    ...values.map(({ at, value }) => {
      const bar = '█'.repeat(Math.max(1, Math.round((value / most) * width)))
      return `${at.toLocaleString('en-US').padStart(11)} ${bar} ${value.toFixed(2)}`
    }),
  ])
  return `\`\`\`text\n${lines.join('\n')}\n\`\`\``
}
