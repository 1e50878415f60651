import type { Agent } from '../runtime/index.ts'
import { campaignAgent } from './campaign/campaign-agent.ts'
import { contentAgent } from './content/content-agent.ts'
import { emailAgent } from './email/email-agent.ts'
import { seoAgent } from './seo/seo-agent.ts'
import { socialAgent } from './social/social-agent.ts'
import { supportAgent } from './support/support-agent.ts'

/** The registration: a new agent is one folder and one line here. */
const registered = [campaignAgent, contentAgent, emailAgent, seoAgent, socialAgent, supportAgent]

/** Every agent by its name. */
export const agents: ReadonlyMap<string, Agent> = new Map(registered.map((agent) => [agent.name, agent]))
