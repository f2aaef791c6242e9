import type { AST } from 'toml-eslint-parser'
import type { Path } from './keys.ts'

/** Both from 1. */
export interface Position {
  line: number
  column: number
}

export interface Positions {
  /** Of a value, or of the nearest table around it when there is no such value; undefined when nothing is known. */
  value(path: Path): Position | undefined
  key(path: Path): Position | undefined
}

/**
 * Finds out where keys and values stand in a text that parsed before. Slow beside the parser that reads values (it keeps
 * every token), so it is loaded only when there is something to report.
 */
export async function locatePositions(text: string): Promise<Positions> {
  const { parseTOML } = await import('toml-eslint-parser')
  const places = new Map<string, { key: Position; value: Position }>()
  try {
    const program = parseTOML(text, { tomlVersion: 'next' })
    for (const node of program.body[0].body) collect(node, [], places)
  } catch {
    // A difference of taste between two parsers costs the line numbers, not the report.
  }
  return {
    value: (path) => nearestPlace(places, path)?.value,
    key: (path) => nearestPlace(places, path)?.key,
  }
}

type Places = Map<string, { key: Position; value: Position }>

function nearestPlace(places: Places, path: Path) {
  for (let length = path.length; length > 0; length -= 1) {
    const place = places.get(JSON.stringify(path.slice(0, length)))
    if (place !== undefined) return place
  }
  return undefined
}

function collect(node: AST.TOMLKeyValue | AST.TOMLTable, parent: Path, places: Places): void {
  if (node.type === 'TOMLKeyValue') return collectPair(node, parent, places)
  const key = start(node.key)
  remember(places, node.resolvedKey, { key, value: start(node) })
  for (const pair of node.body) collectPair(pair, node.resolvedKey, places)
}

function collectPair(pair: AST.TOMLKeyValue, parent: Path, places: Places): void {
  const path = [...parent]
  for (const part of pair.key.keys) {
    path.push(part.type === 'TOMLBare' ? part.name : part.value)
    remember(places, path, { key: start(part), value: start(pair.value) })
  }
  collectValue(pair.value, path, places)
}

function collectValue(value: AST.TOMLContentNode, path: Path, places: Places): void {
  if (value.type === 'TOMLInlineTable') for (const pair of value.body) collectPair(pair, path, places)
  if (value.type !== 'TOMLArray') return
  for (const [index, element] of value.elements.entries()) {
    const place = start(element)
    remember(places, [...path, index], { key: place, value: place })
    collectValue(element, [...path, index], places)
  }
}

/** The first place wins: a table that is opened in parts is found where it begins. */
function remember(places: Places, path: Path, place: { key: Position; value: Position }): void {
  for (let length = 1; length <= path.length; length += 1) {
    const id = JSON.stringify(path.slice(0, length))
    if (!places.has(id)) places.set(id, place)
  }
}

function start(node: AST.TOMLNode): Position {
  return { line: node.loc.start.line, column: node.loc.start.column + 1 }
}
