import { Container } from '@mantine/core'
import { type ErrorComponentProps, useRouter } from '@tanstack/react-router'
import { ProblemNotice } from '../components/problem-notice.tsx'

/** Stands in place of a page that could not be shown. */
export function PageFailure({ error, reset }: ErrorComponentProps) {
  const router = useRouter()
  const retry = async () => {
    await router.invalidate()
    reset()
  }
  return (
    <Container size="sm" py="xl">
      <ProblemNotice title="The page could not be shown" error={error} onRetry={() => void retry()} />
    </Container>
  )
}
