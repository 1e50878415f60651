import { defineAgent } from '../../runtime/index.ts'
import { launchCampaign } from './launch-campaign.ts'
import { plan } from './plan.ts'
import { review } from './review.ts'

/** Leads a campaign from its brief to its recipients. Every delivery waits for a person unless they said yes beforehand. */
export const campaignAgent = defineAgent({
  name: 'CampaignAgent',
  description: 'Plans, writes, checks and launches campaigns, and reviews them',
  kind: 'workflow',
  policy: {
    tools: ['email.send', 'slack.postMessage', 'webhook.deliver'],
    agents: ['ContentAgent', 'EmailAgent', 'SocialAgent', 'SEOAgent'],
    maxCostMicros: 2_000_000,
  },
  intents: { 'launch-campaign': launchCampaign, plan, review },
})
