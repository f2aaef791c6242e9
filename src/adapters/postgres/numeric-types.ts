import { TypeOverrides, type CustomTypesConfig } from 'pg'
import { BugError } from '../../errors.ts'

const int8Oid = 20
const numericOid = 1700

/**
 * How values arrive: bigint and numeric as JS numbers (the driver's default is text). Ids and versions stay far below 2^53;
 * one that does not is a bug to be seen, not rounded.
 */
export const numericTypes: CustomTypesConfig = (() => {
  const types = new TypeOverrides()
  types.setTypeParser(int8Oid, parseInt8)
  types.setTypeParser(numericOid, Number)
  return types
})()

function parseInt8(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new BugError(`bigint ${text} does not fit a JS number`)
  return value
}
