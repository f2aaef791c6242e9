import { inspect } from 'node:util'
import { parse } from 'pg-connection-string'
import { describe, expect, test } from 'vitest'
import {
  type ConnectionChoice,
  type ConnectionQuestion,
  resolveConnection,
  resolveDirectConnection,
  type ServerChoice,
  withPassword,
} from '../../src/config/connection.ts'
import { Secret } from '../../src/config/policy.ts'
import { UserError } from '../../src/errors.ts'

interface Given {
  url?: string
  passwordFile?: string
  embedded?: boolean
  env?: Record<string, string>
  onTerminal?: boolean
}

function question(given: Given): ConnectionQuestion {
  return {
    queue: {
      url: given.url === undefined ? null : new Secret(given.url),
      passwordFile: given.passwordFile ?? null,
      embedded: given.embedded ?? false,
    },
    env: given.env ?? {},
    onTerminal: given.onTerminal ?? false,
  }
}

const resolve = (given: Given): ConnectionChoice => resolveConnection(question(given))

const url = 'postgresql://ann:s3cret@db:5433/queue'
const databaseUrl = { DATABASE_URL: 'postgres://bob:s3cret@other/jobs' }
const pgVariables = { PGHOST: 'pg.example', PGDATABASE: 'jobs', PGUSER: 'carol', PGPASSWORD: 's3cret' }
const cherokee = {
  CHEROKEE_DB_HOST: 'old.example',
  CHEROKEE_DB_NAME: 'fleet',
  CHEROKEE_DB_USER: 'dan',
  CHEROKEE_DB_PASS: 's3cret',
}

describe('the first that says where decides', () => {
  test.each<[Given, ConnectionChoice['source'], string]>([
    [
      { url, env: { ...databaseUrl, ...pgVariables, ...cherokee }, embedded: true },
      'queue.url',
      'db:5433/queue as ann (from [queue] url)',
    ],
    [
      { env: { ...databaseUrl, ...pgVariables, ...cherokee }, embedded: true },
      'DATABASE_URL',
      'other/jobs as bob (from DATABASE_URL)',
    ],
    [
      { env: { ...pgVariables, ...cherokee }, embedded: true },
      'PG*',
      'pg.example/jobs as carol (from the PG* variables)',
    ],
    [
      { env: cherokee, embedded: true },
      'CHEROKEE_DB_*',
      'old.example/fleet as dan (from the CHEROKEE_DB_* variables)',
    ],
    [{ embedded: true }, 'queue.embedded', 'embedded PostgreSQL ([queue] embedded = true)'],
    [{ onTerminal: true }, 'terminal', 'embedded PostgreSQL (none is configured)'],
    [
      { env: { DATABASE_URL: '', PGHOST: '', CHEROKEE_DB_HOST: '' }, embedded: true },
      'queue.embedded',
      'embedded PostgreSQL ([queue] embedded = true)',
    ],
    [
      { env: { PGUSER: 'carol', PGPASSWORD: 'x', PGPORT: '6000' }, embedded: true },
      'queue.embedded',
      'embedded PostgreSQL ([queue] embedded = true)',
    ],
  ])('%j', (given, source, description) => {
    const choice = resolve(given)
    expect(choice.source).toBe(source)
    expect(choice.describe()).toBe(description)
  })
})

describe('the parts of a connection', () => {
  test.each<[Record<string, string>, object, string | null]>([
    [
      { PGHOST: '/run/postgresql', PGPORT: '6000', USER: 'erin', PGSSLMODE: 'require' },
      { host: '/run/postgresql', port: 6000, database: 'erin', user: 'erin' },
      null,
    ],
    [{ PGDATABASE: 'jobs', LOGNAME: 'erin' }, { host: 'localhost', database: 'jobs', user: 'erin' }, null],
    [
      { ...pgVariables, PGSSLMODE: 'verify-full', PGSSLROOTCERT: '/ca.pem' },
      { host: 'pg.example', database: 'jobs', user: 'carol', sslMode: 'verify-full', sslRootCert: '/ca.pem' },
      's3cret',
    ],
    [pgVariables, { host: 'pg.example', database: 'jobs', user: 'carol' }, 's3cret'],
    [cherokee, { host: 'old.example', database: 'fleet', user: 'dan' }, 's3cret'],
  ])('%j', (env, parts, password) => {
    const { connection } = server(resolve({ env }))
    if (connection instanceof Secret) throw new Error('parts were expected')
    const { password: given, ...rest } = connection
    expect(rest).toEqual(parts)
    expect(given?.reveal() ?? null).toBe(password)
  })
})

describe('refusals name the offender and the next step', () => {
  test.each<[Given, RegExp]>([
    [{}, /No database is configured/],
    [{ env: { PGUSER: 'carol' } }, /No database is configured/],
    [{ url: 'not a url', embedded: true }, /^\[queue\] url is not a URL$/],
    [{ env: { DATABASE_URL: 'mysql://u:s3cret@h/d' }, embedded: true }, /^DATABASE_URL names mysql:\/\//],
    [{ env: { PGHOST: 'h', PGPORT: '70000', PGUSER: 'u' } }, /^PGPORT is "70000"/],
    [{ env: { PGHOST: 'h' } }, /no user: PGUSER/],
    [{ env: { CHEROKEE_DB_HOST: 'h' }, embedded: true }, /CHEROKEE_DB_NAME and CHEROKEE_DB_USER unset$/],
    [{ env: { CHEROKEE_DB_PASS: 's3cret' }, onTerminal: true }, /CHEROKEE_DB_HOST and/],
  ])('%j', (given, message) => {
    const error = errorOf(() => resolve(given))
    expect(error).toBeInstanceOf(UserError)
    expect((error as UserError).message).toMatch(message)
    expect((error as UserError).hint).toBeTruthy()
    expect(inspect(error)).not.toContain('s3cret')
  })

  test('without any, all the ways are named', () => {
    const { hint } = errorOf(() => resolve({})) as UserError
    for (const way of ['[queue] url', 'DATABASE_URL', 'PGHOST', 'CHEROKEE_DB_HOST', '[queue] embedded'])
      expect(hint).toContain(way)
  })
})

test('an embedded database that nobody asked for is announced; one that was asked for is not', () => {
  expect(resolve({ onTerminal: true })).toMatchObject({
    notice: expect.stringContaining('embedded') as string,
  })
  expect(resolve({ onTerminal: true, embedded: true })).toMatchObject({ notice: null })
})

test.each<Given>([{ url }, { env: databaseUrl }, { env: pgVariables }, { env: cherokee }])(
  'no way of printing a choice tells its secret: %j',
  (given) => {
    const choice = resolve(given)
    for (const shown of [choice.describe(), JSON.stringify(choice), inspect(choice, { depth: 9 })])
      expect(shown).not.toContain('s3cret')
  },
)

describe('the direct connection', () => {
  const passwordFile = '/run/secrets/queue'
  const direct = (listenUrl: string | null) =>
    resolveDirectConnection({ listenUrl: listenUrl === null ? null : new Secret(listenUrl), passwordFile })

  test('is the one that is named, and none else', () => {
    expect(direct(null)).toBeNull()
    const choice = direct('postgresql://ann@db:5432/queue')
    expect(choice?.describe()).toBe('db:5432/queue as ann (from [queue] listen_url)')
    expect(choice?.passwordFile).toBe(passwordFile)
  })

  test('keeps a password of its own, untold', () => {
    const choice = direct(url)
    expect(choice?.passwordFile).toBeNull()
    expect(inspect(choice, { depth: 9 })).not.toContain('s3cret')
  })
})

describe('the password file', () => {
  const passwordFile = '/run/secrets/queue'
  test.each<[Given, string | null]>([
    [{ url: 'postgresql://ann@db/queue' }, passwordFile],
    [{ url }, passwordFile],
    [{ env: databaseUrl }, null],
    [{ env: { DATABASE_URL: 'postgresql://bob@other/jobs' } }, passwordFile],
    [{ env: pgVariables }, null],
    [{ env: { PGHOST: 'h', PGUSER: 'u' } }, passwordFile],
    [{ env: { ...cherokee, CHEROKEE_DB_PASS: '' } }, passwordFile],
  ])('fills what is open, and is the one beside the url: %j', (given, expected) => {
    expect(server(resolve({ ...given, passwordFile })).passwordFile).toBe(expected)
  })

  test.each([
    'postgresql://ann@db/queue',
    'postgresql://ann:old@db/queue',
    'postgresql:///queue?host=/run/pg&user=ann',
  ])('its password reaches the driver whole: %s', (text) => {
    const password = "p@ss:/?#&=%41 '\\ ü"
    const connection = withPassword(new Secret(text), new Secret(password))
    if (!(connection instanceof Secret)) throw new Error('a URL was expected')
    expect(parse(connection.reveal())).toMatchObject({ user: 'ann', password, database: 'queue' })
  })

  test('is put beside the other parts', () => {
    const password = new Secret('p')
    expect(withPassword({ host: 'h', database: 'd', user: 'u' }, password)).toEqual({
      host: 'h',
      database: 'd',
      user: 'u',
      password,
    })
  })
})

function server(choice: ConnectionChoice): ServerChoice {
  if (choice.kind !== 'server') throw new Error(`a server was expected, not ${choice.describe()}`)
  return choice
}

function errorOf(action: () => unknown): unknown {
  try {
    action()
  } catch (error) {
    return error
  }
  throw new Error('an error was expected')
}

test('who says that none is to be made up gets none in a terminal either', () => {
  const refusal = { message: 'none here', hint: null }
  const ask = (given: Given) => resolveConnection({ ...question(given), refusal })
  expect(() => ask({ onTerminal: true })).toThrow('none here')
  expect(ask({ url }).source).toBe('queue.url')
  expect(ask({ env: databaseUrl }).source).toBe('DATABASE_URL')
  expect(ask({ embedded: true }).source).toBe('queue.embedded')
})
