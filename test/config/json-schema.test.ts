import { expect, test } from 'vitest'
import { singleKeys, valueAt } from '../../src/config/keys.ts'
import { configJsonSchema } from '../../src/config/json-schema.ts'
import { workerFields } from '../../src/config/schema.ts'

const schema = configJsonSchema()

test.each(singleKeys.map((single) => [single.key, single] as const))(
  'the JSON Schema explains %s',
  (_, single) => {
    const place = ['properties', ...single.path.flatMap((part) => [part, 'properties'])].slice(0, -1)
    expect(valueAt(schema, place)).toMatchObject({
      description: single.note.reason,
      ...(single.note.default === null ? {} : { default: single.note.default }),
    })
  },
)

test('the JSON Schema asks for the name and command of a worker, and allows no other keys', () => {
  const worker = valueAt(schema, ['properties', 'workers', 'items'])
  expect(worker).toMatchObject({ required: ['name', 'command'], additionalProperties: false })
  expect(Object.keys(Object(valueAt(worker, ['properties'])))).toEqual(Object.keys(workerFields))
})
