import { expect, test } from 'vitest'
import { isSecretName, maskLine, maskUrls } from '../../src/config/masking.ts'

test.each([
  ['postgres://joe:hunter2@db/x', 'postgres://joe:***@db/x'],
  ['postgres://joe:hun:ter@2@db/x', 'postgres://joe:***@db/x'],
  ['redis://:hunter2@r', 'redis://:***@r'],
  ['two https://a:hunter1@b https://c:hunter2@d', 'two https://a:***@b https://c:***@d'],
  ['postgres://joe@db:5432/x', 'postgres://joe@db:5432/x'],
  ['http://127.0.0.1:3001/', 'http://127.0.0.1:3001/'],
  ['a: b @ c', 'a: b @ c'],
])('%s is shown as %s', (text, masked) => {
  expect(maskUrls(text)).toBe(masked)
})

test.each([
  'PGPASSWORD',
  'DB_PASS',
  'API_KEY',
  'apikey',
  'GITHUB_TOKEN',
  'CLIENT_SECRET',
  'DATABASE_URL',
  'url',
  'SENTRY_DSN',
])('%s names a secret', (name) => {
  expect(isSecretName(name)).toBe(true)
})

test.each(['LANG', 'PATH', 'KEYBOARD', 'URLS', 'lease'])('%s names none', (name) => {
  expect(isSecretName(name)).toBe(false)
})

test.each([
  ['  lease = "60s', 'lease = "60s'],
  ['password = "hunter2', 'password = ***'],
  ['env = { TOKEN = "hunter2" ', 'env = ***'],
  ['x = "postgres://a:hunter2', 'x = ***'],
  ['a\u001b[2Jb', String.raw`a\u001b[2Jb`],
])('the line %j is shown as %j', (line, shown) => {
  expect(maskLine(line)).toBe(shown)
})
