import type { Citation, ContentPiece } from '@neonhub/contract'
import { Anchor, Badge, Box, Code, CopyButton, Button, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { SandboxBadge } from '../components/cost.tsx'
import { ContentFeedback } from '../feedback/content-feedback.tsx'
import { statusText } from '../format/run-status.ts'
import { CheckIcon, CopyIcon } from '../icons.tsx'
import { isSafeAddress } from '../markdown/parse-inline.ts'
import { Markdown } from '../markdown/markdown.tsx'

/** A piece of content as its readers would see it, with the passages that it rests on. */
export function ContentPieceView({ piece }: { readonly piece: ContentPiece }) {
  const anchorOf = (source: number) => `source-${piece.id}-${source}`
  const citation = (source: number) =>
    piece.citations.some((known) => known.source === source) && (
      <sup>
        <Anchor href={`#${anchorOf(source)}`} fz="xs" aria-label={`Source ${source}`}>
          [{source}]
        </Anchor>
      </sup>
    )
  return (
    <Paper withBorder radius="md" p={{ base: 'md', sm: 'xl' }} component="article">
      <Group justify="space-between" align="flex-start" mb="md" gap="sm">
        <Stack gap={4} miw={0}>
          <Group gap={6}>
            <Badge variant="default" tt="none">
              {statusText(piece.kind)}
            </Badge>
            <Badge variant="default" tt="none">
              {piece.status}
            </Badge>
            {piece.model.startsWith('sandbox:') ? (
              <SandboxBadge />
            ) : (
              <Text size="xs" c="dimmed">
                {piece.model}
              </Text>
            )}
          </Group>
          <Title order={2}>{piece.title}</Title>
        </Stack>
        <CopyButton value={piece.body}>
          {({ copied, copy }) => (
            <Button
              size="xs"
              variant="default"
              onClick={copy}
              leftSection={copied ? <CheckIcon size={14} /> : <CopyIcon size={14} />}
            >
              {copied ? 'Copied' : 'Copy the text'}
            </Button>
          )}
        </CopyButton>
      </Group>
      <Box maw={720} style={{ overflowWrap: 'anywhere' }}>
        <Markdown text={piece.body} topLevel={3} citation={citation} />
      </Box>
      {piece.citations.length > 0 && <Citations citations={piece.citations} anchorOf={anchorOf} />}
      <ContentFeedback contentId={piece.id} />
    </Paper>
  )
}

interface CitationsProps {
  readonly citations: readonly Citation[]
  readonly anchorOf: (source: number) => string
}

function Citations({ citations, anchorOf }: CitationsProps) {
  return (
    <Box component="section" mt="xl" maw={720}>
      <Title order={3} size="h5" mb="xs">
        Sources
      </Title>
      <Stack gap="xs" component="ol" m={0} p={0} style={{ listStyle: 'none' }}>
        {citations.map((citation) => (
          <Text
            component="li"
            size="sm"
            key={`${citation.source}-${citation.chunkId}`}
            id={anchorOf(citation.source)}
            style={{ scrollMarginTop: 72 }}
          >
            [{citation.source}] {citation.title}
            {citation.heading !== '' && citation.heading !== citation.title && ` › ${citation.heading}`}
            <br />
            <SourcePath citation={citation} />
          </Text>
        ))}
      </Stack>
    </Box>
  )
}

function SourcePath({ citation: { path, startLine, endLine } }: { readonly citation: Citation }) {
  const lines = startLine === endLine ? `line ${startLine}` : `lines ${startLine}–${endLine}`
  return (
    <Text span size="xs" c="dimmed">
      {isSafeAddress(path) ? (
        <Anchor href={path} target="_blank" rel="noreferrer noopener" fz="xs">
          {path}
        </Anchor>
      ) : (
        <Code>{path}</Code>
      )}{' '}
      {lines}
    </Text>
  )
}
