import { expect, test } from 'vitest'
import { demoModel, demoPolicy, isSimulated } from '../../src/demo/demo-policy.ts'
import { policyOf } from '../daemon/policy.ts'

const policy = policyOf()
const [simulated] = demoPolicy(policy).gateway.upstreams
const real = (models: string[]) => ({
  ...policy,
  gateway: { ...policy.gateway, upstreams: [{ ...simulated!, kind: 'http' as const, models }] },
})

test('without an upstream the LLM is simulated, at a rate of its own', () => {
  const demo = demoPolicy(policy)
  expect(isSimulated(demo)).toBe(true)
  expect(demoModel(demo)).toBe('simulated')
  expect(demo.capacity).toMatchObject({ mode: policy.capacity.mode, unit: 'request' })
  expect(demo.capacity.baseRate).toBeGreaterThan(policy.capacity.baseRate)
})

test('upstreams of the configuration are left as they are, and so is its rate', () => {
  const configured = real(['gpt-*'])
  expect(demoPolicy(configured)).toBe(configured)
})

test('a gateway that is not wanted stays closed', () => {
  const off = { ...policy, gateway: { ...policy.gateway, enabled: false } }
  expect(demoPolicy(off)).toBe(off)
  expect(demoModel(off)).toBeNull()
})

test.each([
  [['gpt-*', 'gpt-5-mini', 'o3'], 'gpt-5-mini'],
  [['*'], null],
])('of a real upstream for %j the samples ask for %s', (models, model) => {
  expect(demoModel(real(models))).toBe(model)
})
