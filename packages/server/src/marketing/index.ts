export { checkVoice, type VoiceViolation } from './check-voice.ts'
export {
  addFeedback,
  type FeedbackView,
  listFeedback,
  listRemarks,
  type Remark,
  withdrawFeedback,
} from './feedback/feedback.ts'
export { recordMetrics } from './metrics/record-metrics.ts'
export { reportMetrics } from './metrics/report-metrics.ts'
export { listMeasuredTotals, type MeasuredTotal } from './metrics/sql/measured-totals.ts'
export { sampleSizePerVariant, type TestPower } from './sample-size.ts'
export { auditSeo, type SeoAudit, type SeoFinding } from './seo/audit-seo.ts'
export { countTerm, type KeywordUse, normalWords } from './seo/keyword-use.ts'
export { measureReadability, type Readability, sentencesOf, wordsOf } from './seo/readability.ts'
export * from './spec.ts'
export { listContentOfCampaign, listContentOfRuns } from './sql/list-content.ts'
export { type CampaignView, findCampaign, saveCampaign, setCampaignStatus } from './sql/save-campaign.ts'
export { saveContent, setContentStatus } from './sql/save-content.ts'
