import { type Layout, layoutOf } from '../../../src/domain/install/layout.ts'

/** Where everything of root's installation is, in a root of its own. */
export function systemLayoutAt(root: string): Layout {
  return layoutOf('system', {
    root,
    home: '/root',
    configHome: undefined,
    stateHome: undefined,
    cacheHome: undefined,
    runtimeHome: undefined,
    prefix: null,
  })
}

/** The same of the machine itself. */
export const systemLayout = systemLayoutAt('')
