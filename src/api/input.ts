import { fieldsHint, problemsOf } from '../contract/input-problems.ts'
import { inputs, type Parsed } from '../contract/inputs.ts'
import type { RouteName } from '../contract/routes.ts'
import { Refusal } from './refusal.ts'

/** Parses a route's flat input. Throws a Refusal (400) that names each field, what was found and what is allowed. */
export function parseInput<Name extends RouteName>(name: Name, raw: object): Parsed<Name> {
  const parsed = inputs[name].safeParse(raw, { reportInput: true })
  if (parsed.success) return parsed.data as Parsed<Name>
  const { issues } = parsed.error
  const hint = fieldsHint(inputs[name], issues) ?? 'Nothing was done; mend it and ask again.'
  throw new Refusal(400, 'request.invalid', problemsOf(issues), hint)
}
