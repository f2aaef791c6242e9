/**
 * In the bundle this stands in the place of Ink's own `squashTextNodes` (bin/bundling.js), which looks through each character of all
 * rows of each frame, and twice through those that are new, for what a terminal would obey. What became of a text is kept: of a
 * frame's rows few are others than before.
 */
import squashTextNodes from '../../node_modules/ink/build/squash-text-nodes.js'

type TextNode = Parameters<typeof squashTextNodes>[0]

/** Some fifty screens. */
const textsKept = 2_500

const known = new Map<string, string>()

export default function knownText(node: TextNode): string {
  const [only, ...others] = node.childNodes
  if (node.nodeName !== 'ink-text' || others.length > 0 || only?.nodeName !== '#text')
    return squashTextNodes(node)
  const { nodeValue } = only
  const found = known.get(nodeValue)
  if (found !== undefined) return found
  if (known.size >= textsKept) known.clear()
  const text = squashTextNodes(node)
  known.set(nodeValue, text)
  return text
}
