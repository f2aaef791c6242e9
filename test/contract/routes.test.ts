import { describe, expect, it } from 'vitest'
import { inputs } from '../../src/contract/inputs.ts'
import { routes, type RouteName } from '../../src/contract/routes.ts'

describe('the contract', () => {
  it('has one input for each route and one route for each method and path', () => {
    expect(Object.keys(inputs).sort()).toEqual(Object.keys(routes).sort())
    const addresses = Object.values(routes).map(({ method, path }) => `${method} ${path}`)
    expect(new Set(addresses).size).toBe(addresses.length)
  })

  it.each(Object.entries(routes).filter(([, { path }]) => path.includes(':')))(
    '%s asks for what its path names',
    (name, { path }) => {
      const named = [...path.matchAll(/:(\w+)/g)].map(([, parameter]) => parameter)
      const { error } = inputs[name as RouteName].safeParse({})
      const missing = new Set(error?.issues.map((issue) => String(issue.path[0])))
      expect(named.filter((parameter) => !missing.has(parameter ?? ''))).toEqual([])
    },
  )
})
