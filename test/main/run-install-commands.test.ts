import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadPolicy } from '../../src/config/load.ts'
import { layoutOf } from '../../src/domain/install/layout.ts'
import { whyNotFound } from '../../src/main/run-install-commands.ts'
import { sandbox } from '../config/fixture.ts'

const layout = layoutOf('system', {
  root: '',
  home: '/',
  configHome: undefined,
  stateHome: undefined,
  cacheHome: undefined,
  runtimeHome: undefined,
  prefix: null,
})

/** A configuration that is found by its HOME, and how its units would have it. */
async function fleet(toml: string) {
  const box = sandbox()
  const path = box.write('home/.config/jrctl/config.toml', toml)
  const { policy } = await loadPolicy({
    ...box.options,
    env: { STATE_DIRECTORY: layout.stateDir },
    path,
  })
  const ask = (env: Record<string, string>, of = path) =>
    whyNotFound(
      { path: of, policy },
      { ...layout, environmentFile: join(box.root, 'none') },
      {
        ...box.options,
        uid: 1000,
        env,
      },
    )
  return Object.assign(box, { path, ask })
}

describe('whoever installs', () => {
  it('is warned of nothing where the commands find the same configuration, wherever the state is', async () => {
    using unwritten = await fleet('')
    expect(await unwritten.ask({})).toBeNull()
    expect(await unwritten.ask({ XDG_STATE_HOME: '/xdg' })).toBeNull()
    using written = await fleet('state_dir = "/srv/state"\n')
    expect(await written.ask({})).toBeNull()
  })

  it('is told to name the configuration, where the commands find another', async () => {
    using box = await fleet('')
    const named = box.write('my fleet %.toml', '')
    expect(await box.ask({}, named)).toContain(
      `they read ${box.path}, and the fleet runs with ${named}. Name it to them, by --config '${named}' or export JRCTL_CONFIG='${named}'`,
    )
    expect(await box.ask({ JRCTL_CONFIG: named }, named)).toBeNull()
  })

  it('is told of the variables that lead elsewhere', async () => {
    using box = await fleet('')
    expect(await box.ask({ JRCTL_STATE_DIR: '/elsewhere' })).toBe(
      'your commands would look for the daemon at /elsewhere/jrctl.sock, and it will be at /var/lib/jrctl/jrctl.sock: ' +
        'this shell sets JRCTL_STATE_DIR. Unset it for them',
    )
  })
})
