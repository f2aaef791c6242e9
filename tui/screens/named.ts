import { namesHint } from '../../src/domain/nearest-name.ts'
import { UserError } from '../../src/errors.ts'
import { safe } from '../../src/text/fit.ts'
import { type ScreenName, screenNames } from '../state.ts'
import { screens } from './screens.ts'

/** The screen that an operator means by its name or its title, in any case. Throws UserError. */
export function screenNamed(text: string): ScreenName {
  const wanted = text.toLowerCase()
  const found = screenNames.find((name) => name === wanted || titleOf(name) === wanted)
  if (found !== undefined) return found
  throw new UserError(`--screen ${safe(text)}: there is no such screen`, {
    hint: namesHint(text, screenNames.map(titleOf)) ?? undefined,
  })
}

function titleOf(name: ScreenName): string {
  return screens[name].title.toLowerCase()
}
