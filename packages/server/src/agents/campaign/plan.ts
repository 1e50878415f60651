import { z } from 'zod'
import { brandIntent } from '../../runtime/index.ts'
import { loadBrand } from '../_lib/load-brand.ts'
import { subjectFields } from '../_lib/schemas.ts'
import { CampaignPlan, planTask, writePlan } from './write-plan.ts'

/** The plan of a campaign alone: nothing is written and nothing leaves. */
export const plan = brandIntent({
  description: 'Plan a campaign: its angle, its messages and whom it speaks to',
  input: z.strictObject({
    name: z.string().trim().min(1, 'must not be empty').max(120),
    ...subjectFields,
    objective: z.string().trim().min(3, 'must say what the campaign is judged by').max(500),
  }),
  output: CampaignPlan,
  tasks: [planTask],
  run: async (context) => writePlan(context, await loadBrand(context)),
})
