import { layoutOf } from '../../../src/domain/install/layout.ts'

/** Where everything of root's installation is, on a machine of its own. */
export const systemLayout = layoutOf('system', {
  root: '',
  home: '/root',
  configHome: undefined,
  stateHome: undefined,
  cacheHome: undefined,
  runtimeHome: undefined,
  prefix: null,
})
