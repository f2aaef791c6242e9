import { describe, expect, it } from 'vitest'
import { isToldElsewhere, takenVariables, unitPlaces } from '../../../src/domain/install/as-units.ts'

const stateDir = '/var/lib/jrctl'
const places = { STATE_DIRECTORY: stateDir, RUNTIME_DIRECTORY: '/run/jrctl' }

describe('the places of an installation', () => {
  it('are those that systemd tells its units', () => {
    expect(unitPlaces({ scope: 'system', stateDir }, '/run/jrctl')).toEqual(places)
    expect(unitPlaces({ scope: 'user', stateDir: '/h' }, '/run/user/1/jrctl')).toEqual({
      RUNTIME_DIRECTORY: '/run/user/1/jrctl',
    })
    expect(unitPlaces({ scope: 'system', stateDir }, null)).toEqual({ STATE_DIRECTORY: stateDir })
  })

  it.each([
    ['nothing at all', {}, false],
    ['the very same state directory', { JRCTL_STATE_DIR: '/var/lib/jrctl' }, false],
    ['an empty variable', { JRCTL_STATE_DIR: '', STATE_DIRECTORY: '', JRCTL_SOCKET: '' }, false],
    ['another state directory', { JRCTL_STATE_DIR: '/tmp/try' }, true],
    ['a unit, a line of cron', { RUNTIME_DIRECTORY: '/run/jrctl' }, true],
    ['a unit with a folder of state', { STATE_DIRECTORY: '/var/lib/other' }, true],
    ['a worker', { JRCTL_WORKER_ID: 'w' }, true],
    ['a socket', { JRCTL_SOCKET: '/s' }, true],
  ])('are not meant by who was told of others: by %s', (_, env, expected) => {
    expect(isToldElsewhere(env, (path) => path === stateDir)).toBe(expected)
  })
})

describe('what a command takes of them and of the environment file', () => {
  it('is all that is not set already', () => {
    const file = { DATABASE_URL: 'postgres://h/d', OPENAI_API_KEY: 'k', EMPTY: '', LANG: 'C' }
    expect(takenVariables({ LANG: 'de_DE', OPENAI_API_KEY: '' }, places, file)).toEqual({
      DATABASE_URL: 'postgres://h/d',
      OPENAI_API_KEY: 'k',
      ...places,
    })
  })

  it.each([
    { DATABASE_URL: 'postgres://mine/d' },
    { PGHOST: 'mine' },
    { PGDATABASE: 'mine' },
    { CHEROKEE_DB_HOST: 'mine' },
    { JRCTL_QUEUE_URL: 'postgres://mine/d' },
    { JRCTL_QUEUE_EMBEDDED: 'true' },
  ])('is nothing of a queue where the caller names one: %j', (env) => {
    const file = {
      DATABASE_URL: 'postgres://theirs/d',
      PGPASSWORD: 'theirs',
      JRCTL_QUEUE_LISTEN_URL: 'postgres://theirs/d',
      CHEROKEE_DB_PASS: 'theirs',
      OPENAI_API_KEY: 'k',
    }
    expect(takenVariables(env, {}, file)).toEqual({ OPENAI_API_KEY: 'k' })
  })

  it('is a queue also where a shell has a user or a port for good', () => {
    expect(takenVariables({ PGUSER: 'me', PGPORT: '1' }, {}, { DATABASE_URL: 'u', PGUSER: 'they' })).toEqual({
      DATABASE_URL: 'u',
    })
  })

  it('is nothing by which another fleet would be asked', () => {
    const file = { JRCTL_CONFIG: '/x', JRCTL_HOST: 'http://x', JRCTL_SOCKET: '/x', XDG_CONFIG_HOME: '/x' }
    expect(takenVariables({}, {}, { ...file, HOME: '/x', STATE_DIRECTORY: '/x' })).toEqual({
      STATE_DIRECTORY: '/x',
    })
    expect(takenVariables({}, places, { STATE_DIRECTORY: '/x' })).toEqual(places)
  })
})
