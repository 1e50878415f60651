import type { ReactNode, SVGProps } from 'react'

type IconProps = Omit<SVGProps<SVGSVGElement>, 'children'> & {
  /** Edge in pixels. */
  readonly size?: number
}
export type Icon = (props: IconProps) => ReactNode

/** Drawn on a grid of 24 with a line of 2. They stand beside words, so they are hidden from screen readers. */
const icon =
  (shapes: ReactNode): Icon =>
  ({ size = 18, ...props }) => (
    <svg
      viewBox="0 0 24 24"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      strokeWidth={2}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden
      focusable={false}
      {...props}
    >
      {shapes}
    </svg>
  )

export const RunsIcon = icon(<path d="M4 6h9M4 12h14M4 18h6" />)
export const ApprovalsIcon = icon(<path d="M12 3 5 6v5c0 4.5 3 8 7 10 4-2 7-5.5 7-10V6l-7-3ZM9 12l2 2 4-4" />)
export const AgentIcon = icon(<path d="M12 4V2M6 8h12v10H6zM9.5 12v1M14.5 12v1M3 12v3M21 12v3M10 18v3M14 18v3" />)
export const MetricIcon = icon(<path d="M4 20h16M4 16l5-6 4 4 7-9" />)
export const ConnectionIcon = icon(<path d="M9 3v5M15 3v5M6 8h12v3a6 6 0 0 1-12 0V8ZM12 17v4" />)
export const PeopleIcon = icon(
  <>
    <circle cx="9" cy="8" r="4" />
    <path d="M2 21v-1a6 6 0 0 1 6-6h2a6 6 0 0 1 6 6v1" />
    <path d="M16 4.5a4 4 0 0 1 0 7M19 14.5a6 6 0 0 1 3 5.5v1" />
  </>,
)
export const MembersIcon = icon(
  <>
    <circle cx="12" cy="8" r="4" />
    <path d="M4 21v-1a6 6 0 0 1 6-6h4a6 6 0 0 1 6 6v1" />
  </>,
)
export const BellIcon = icon(<path d="M6 9a6 6 0 0 1 12 0v5l2 3H4l2-3V9ZM10 21h4" />)
export const KeyIcon = icon(
  <>
    <circle cx="8" cy="15" r="4" />
    <path d="m11 12 9-9M16 7l3 3" />
  </>,
)
export const SunIcon = icon(
  <>
    <circle cx="12" cy="12" r="4" />
    <path d="M12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6 19 19M5 19l1.4-1.4M17.6 6.4 19 5" />
  </>,
)
export const MoonIcon = icon(<path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5Z" />)
export const SignOutIcon = icon(<path d="M10 4H5v16h5M15 8l4 4-4 4M19 12H9" />)
export const OrganizationIcon = icon(
  <path d="M4 21V4h9v17M13 9h7v12M2 21h20M7.5 8h2M7.5 12h2M7.5 16h2M16.5 13v0M16.5 17v0" />,
)
export const ChevronRightIcon = icon(<path d="m9 6 6 6-6 6" />)
export const ChevronDownIcon = icon(<path d="m6 9 6 6 6-6" />)
export const CheckIcon = icon(<path d="m5 12.5 4.5 4.5L19 7.5" />)
export const CrossIcon = icon(<path d="M6 6l12 12M18 6 6 18" />)
export const ClockIcon = icon(
  <>
    <circle cx="12" cy="12" r="9" />
    <path d="M12 7v5l3 2" />
  </>,
)
export const WarningIcon = icon(<path d="M12 4 2.5 20h19L12 4ZM12 10v4M12 17v0" />)
export const QuestionIcon = icon(
  <>
    <circle cx="12" cy="12" r="9" />
    <path d="M9.5 9.5a2.5 2.5 0 1 1 3.6 2.2c-.7.4-1.1.9-1.1 1.8M12 17v0" />
  </>,
)
export const PlayIcon = icon(<path d="M7 4.5v15l12-7.5-12-7.5Z" />)
export const ResumeIcon = icon(<path d="M4 12a8 8 0 1 1 2.5 5.8M4 18v-6h6" />)
export const StopIcon = icon(<rect x="6" y="6" width="12" height="12" rx="2" />)
export const RunningIcon = icon(<path d="M12 3a9 9 0 1 1-9 9" />)
export const ModelIcon = icon(
  <path d="M12 3c.8 5.4 3.6 8.2 9 9-5.4.8-8.2 3.6-9 9-.8-5.4-3.6-8.2-9-9 5.4-.8 8.2-3.6 9-9Z" />,
)
export const ToolIcon = icon(
  <path d="M14.5 6.5a4.5 4.5 0 0 1 6-1l-3.5 3.4 1.6 1.6L22 7a4.5 4.5 0 0 1-6.4 5L7.500 20.200a2.300 2.300 0 0 1-3.300-3.300L12.400 8.700c0-.8.6-1.600 2.100-2.200Z" />,
)
export const BranchIcon = icon(
  <>
    <circle cx="6" cy="5" r="2.5" />
    <circle cx="6" cy="19" r="2.5" />
    <circle cx="18" cy="12" r="2.5" />
    <path d="M6 7.500v9M6 12h9.500" />
  </>,
)
export const BrandIcon = icon(
  <>
    <path d="M4 4h7.500L21 13.500 13.500 21 4 11.500V4Z" />
    <circle cx="8.500" cy="8.500" r="1" />
  </>,
)
export const FileIcon = icon(<path d="M6 3h8l5 5v13H6V3ZM14 3v5h5" />)
export const BudgetIcon = icon(<path d="M4 20h16M6 16V9M12 16V4M18 16v-4" />)
export const WebhookIcon = icon(<path d="M4 12h12M11 7l5 5-5 5M20 4v16" />)
export const MemoryIcon = icon(<path d="M6 3h12v18l-6-4-6 4V3ZM9.500 8h5M9.500 11.500h5" />)
export const VoiceIcon = icon(<path d="M4 5h16v11h-8l-5 4v-4H4ZM8 9h8M8 12h5" />)
export const TaskIcon = icon(
  <path d="M4 6l1.500 1.500L8 5M12 6h8M4 12.500 5.500 14 8 11.500M12 13h8M5 19.500h1M12 19.500h8" />,
)
export const EvalIcon = icon(
  <path d="M9 3h6M10 3v6L4.5 19a1.5 1.5 0 0 0 1.3 2h12.4a1.5 1.5 0 0 0 1.3-2L14 9V3M7.5 15h9" />,
)
export const ScheduleIcon = icon(<path d="M4 6h16v14H4zM4 10h16M8 3v5M16 3v5M12 13v3l2 1" />)
export const StepIcon = icon(<circle cx="12" cy="12" r="4" />)
export const CopyIcon = icon(<path d="M9 9h11v11H9zM5 15H4V4h11v1" />)
