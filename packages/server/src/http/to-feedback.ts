import type { Feedback } from '@neonhub/contract'
import { compact } from '../base/compact.ts'
import type { FeedbackView } from '../marketing/index.ts'
import type { ReadOnly } from './read-only.ts'

/** Feedback as the contract shows it. */
export function toFeedback({ createdAt, withdrawnAt, ...feedback }: FeedbackView): ReadOnly<Feedback> {
  return compact({ ...feedback, withdrawnAt: withdrawnAt?.toISOString(), createdAt: createdAt.toISOString() })
}
