import type { Conditions, RuleSetting } from '../domain/cycle/rules/book.ts'

/**
 * The conditions of the operator's own rules, compiled, by their text. The compiler is loaded only where there are some. One that is
 * not understood, which `config check` refuses, fails wherever it is asked.
 */
export async function compileConditions(settings: readonly RuleSetting[]): Promise<Conditions> {
  const texts = settings.flatMap(({ own }) => (own === null ? [] : [own.when]))
  if (texts.length === 0) return new Map()
  const { compileSnapshotCondition } = await import('./snapshot-condition.ts')
  return new Map(
    texts.map((text) => {
      const compiled = compileSnapshotCondition(text)
      return [
        text,
        compiled.kind === 'condition' ? compiled.holds : () => ({ holds: false, error: compiled.reason }),
      ]
    }),
  )
}
