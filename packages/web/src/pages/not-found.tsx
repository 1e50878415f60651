import { Anchor, Container } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { EmptyState } from '../components/empty-state.tsx'
import { QuestionIcon } from '../icons.tsx'

export function NotFoundPage() {
  return (
    <Container size="sm" py="xl" component="main">
      <EmptyState icon={QuestionIcon} title="There is no such page">
        <Anchor component={Link} to="/runs">
          Go to the runs
        </Anchor>
      </EmptyState>
    </Container>
  )
}
