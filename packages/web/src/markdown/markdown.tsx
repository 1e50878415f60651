import { Anchor, Code, Table, Title, type TitleOrder, Typography } from '@mantine/core'
import { Fragment, type ReactNode } from 'react'
import { type Inline, parseInline } from './parse-inline.ts'
import { type Block, parseMarkdown } from './parse-markdown.ts'

interface MarkdownProps {
  readonly text: string
  /** The level that a `#` becomes: the page around it has headings too. */
  readonly topLevel: TitleOrder
  /** Renders a source's number; a number that it answers undefined for stays text. */
  readonly citation: (source: number) => ReactNode
}

/** Renders Markdown as elements of React: no part of the text is ever read as HTML. */
export function Markdown({ text, topLevel, citation }: MarkdownProps) {
  const context = { topLevel, citation }
  return (
    <Typography>
      <Blocks blocks={parseMarkdown(text)} {...context} />
    </Typography>
  )
}

type BlockContext = Pick<MarkdownProps, 'topLevel' | 'citation'>

// The text does not change in place, so a piece's position is its identity.
function Blocks({ blocks, ...context }: { readonly blocks: readonly Block[] } & BlockContext) {
  return blocks.map((block, index) => <BlockView key={index} block={block} {...context} />)
}

function BlockView({ block, ...context }: { readonly block: Block } & BlockContext) {
  const inline = (text: string) => <Inlines pieces={parseInline(text)} citation={context.citation} />
  switch (block.type) {
    case 'heading':
      return <Title order={headingLevel(block.level + context.topLevel - 1)}>{inline(block.text)}</Title>
    case 'paragraph':
      return <p>{inline(block.text)}</p>
    case 'quote':
      return (
        <blockquote>
          <Blocks blocks={block.blocks} {...context} />
        </blockquote>
      )
    case 'code':
      return <Code block>{block.text}</Code>
    case 'rule':
      return <hr />
    case 'list': {
      const items = block.items.map((item, index) => <li key={index}>{listItem(item, context)}</li>)
      return block.ordered ? <ol start={block.start}>{items}</ol> : <ul>{items}</ul>
    }
    case 'table':
      return (
        <Table.ScrollContainer minWidth={0}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                {block.head.map((cell, index) => (
                  <Table.Th key={index}>{inline(cell)}</Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {block.rows.map((row, index) => (
                <Table.Tr key={index}>
                  {row.map((cell, column) => (
                    <Table.Td key={column}>{inline(cell)}</Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )
    default:
      return block satisfies never
  }
}

/** An item of one line stands without the margins of a paragraph. */
function listItem(item: readonly Block[], context: BlockContext) {
  const [first, ...rest] = item
  if (first?.type !== 'paragraph') return <Blocks blocks={item} {...context} />
  return (
    <>
      <Inlines pieces={parseInline(first.text)} citation={context.citation} />
      <Blocks blocks={rest} {...context} />
    </>
  )
}

function Inlines({ pieces, citation }: { readonly pieces: readonly Inline[] } & Pick<BlockContext, 'citation'>) {
  return pieces.map((piece, index) => <Fragment key={index}>{renderInline(piece, citation)}</Fragment>)
}

function renderInline(piece: Inline, citation: BlockContext['citation']): ReactNode {
  switch (piece.type) {
    case 'text':
      return piece.text
    case 'code':
      return <Code>{piece.text}</Code>
    case 'strong':
      return <strong>{<Inlines pieces={piece.children} citation={citation} />}</strong>
    case 'emphasis':
      return <em>{<Inlines pieces={piece.children} citation={citation} />}</em>
    case 'link':
      return (
        <Anchor href={piece.href} target="_blank" rel="noreferrer noopener">
          <Inlines pieces={piece.children} citation={citation} />
        </Anchor>
      )
    case 'image':
      return <em>[image: {piece.alt || 'without a description'}]</em>
    case 'citation':
      return citation(piece.source) ?? `[${piece.source}]`
    case 'break':
      return <br />
    default:
      return piece satisfies never
  }
}

const headingLevels = [1, 2, 3, 4, 5, 6] as const
const headingLevel = (level: number): TitleOrder => headingLevels.find((known) => known >= level) ?? 6
