import type { Route } from '../contract/routes.ts'

/** Lays a flat input out over path, query and body, as `contract/routes.ts` says. */
export function target(route: Route, input: object): { method: string; path: string; body?: string } {
  const rest = new Map(Object.entries(input).filter(([, value]) => value !== undefined))
  const path = route.path.replace(/:(\w+)/g, (_, name: string) => {
    const value: unknown = rest.get(name)
    rest.delete(name)
    return encodeURIComponent(String(value))
  })
  if (route.method !== 'GET') {
    return { method: route.method, path, body: JSON.stringify(Object.fromEntries(rest)) }
  }
  const query = new URLSearchParams([...rest].map(([name, value]) => [name, String(value)]))
  return { method: 'GET', path: query.size === 0 ? path : `${path}?${query.toString()}` }
}
