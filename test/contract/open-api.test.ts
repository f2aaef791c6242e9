import { expect, it } from 'vitest'
import { openApiDocument } from '../../src/contract/open-api.ts'
import { summaries } from '../../src/contract/open-api-words.ts'
import { routes } from '../../src/contract/routes.ts'

interface Operation {
  operationId: string
  summary: string
  tags: string[]
  parameters?: { name: string; in: string; required: boolean; schema: object }[]
  requestBody?: { content: { 'application/json': { schema: { properties: object; required?: string[] } } } }
  responses: Record<string, object>
  security: object[]
}
const document = openApiDocument('1.2.3') as {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: object
}
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => Object.assign(operation, { path, method })),
)

it('names every route once, with words of its own', () => {
  expect(document.openapi).toBe('3.1.0')
  const named = operations.map(({ path, method }) => `${method.toUpperCase()} ${path}`)
  expect(named.sort()).toEqual(
    Object.values(routes)
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
      .sort(),
  )
  expect(Object.keys(summaries).sort()).toEqual(Object.keys(routes).sort())
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length)
})

it.each(operations.map((operation) => [operation.operationId, operation] as const))(
  '%s declares what its path names, takes a body only where there is one, and leads nowhere else',
  (_, { path, method, parameters = [], requestBody, responses, security }) => {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    expect(parameters.filter((one) => one.in === 'path').map(({ name }) => name)).toEqual(inPath)
    expect(parameters.filter((one) => one.in === 'path').every(({ required }) => required)).toBe(true)
    expect(requestBody === undefined).toBe(method === 'get')
    for (const name of requestBody?.content['application/json'].schema.required ?? [])
      expect(Object.keys(requestBody?.content['application/json'].schema.properties ?? {})).toContain(name)
    expect(Object.keys(responses)).toEqual(['200', 'default'])
    expect(security.length).toBeGreaterThan(0)
  },
)

it('refers to nothing that it does not hold', () => {
  const references = JSON.stringify(document).match(/"\$ref":"[^"]+"/g) ?? []
  expect(references.length).toBeGreaterThan(10)
  for (const reference of new Set(references)) {
    const parts = /"#\/([^"]+)"/.exec(reference)?.[1]?.split('/') ?? []
    const found = parts.reduce<unknown>(
      (at, part) => (at as Record<string, unknown> | undefined)?.[part],
      document,
    )
    expect(found, reference).toBeDefined()
  }
})

it('shows what a route takes as it is checked', () => {
  const bodyOf = (path: string) =>
    document.paths[path]?.['post']?.requestBody?.content['application/json'].schema
  expect(bodyOf('/v1/capacity/acquire')?.properties).toMatchObject({
    wait_ms: { maximum: 30_000, default: 0 },
  })
  expect(bodyOf('/v1/tasks')?.required).toEqual(['tasks'])
  const listed = document.paths['/v1/tasks']?.['get']?.parameters
  expect(listed?.find(({ name }) => name === 'statuses')).toMatchObject({ explode: false, required: false })
})
